using System.Reflection;

namespace Vigil.Server.Hosting;

public static class VigilVersion
{
    /// <summary>For example 0.1.0, without the commit behind the plus sign.</summary>
    public static string Text { get; } =
        (typeof(VigilVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];
}
