using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Vigil.Server.Hosting;

/// <summary>The Data Protection key ring in the data directory: mode 0600, written whole. Without these files camera passwords are lost; backups carry them.</summary>
internal sealed class KeyFiles(VigilPaths paths) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() =>
        Directory.Exists(paths.Keys)
            ? [.. Directory.EnumerateFiles(paths.Keys, "key-*.xml").Order(StringComparer.Ordinal).Select(file => XElement.Load(file))]
            : [];

    public void StoreElement(XElement element, string friendlyName)
    {
        paths.Create();
        var name = friendlyName.StartsWith("key-", StringComparison.Ordinal) ? friendlyName : $"key-{friendlyName}";
        PrivateFile.Write(Path.Combine(paths.Keys, $"{name}.xml"), System.Text.Encoding.UTF8.GetBytes(element.ToString()));
    }
}
