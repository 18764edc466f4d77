using System.Text.RegularExpressions;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Architecture;

/// <summary>Flaw 17 of the camera contract: the original's repository held the keys of its cloud, also as default values.</summary>
public sealed partial class NoSecretsTests
{
    private static readonly string[] Folders = [".ci", "bench", "deploy", "docs", "firmware", "scripts", "src", "testdata", "tests", "training", "web"];
    private static readonly string[] Made = ["node_modules", "bin", "obj", "dist", "artifacts", ".venv", ".pio", "build"];
    private static readonly string[] KeyFiles = [".pem", ".key", ".pfx", ".p12", ".jks"];

    [Fact]
    public void No_file_of_the_repository_is_or_holds_a_key()
    {
        var files = Folders.Select(folder => new DirectoryInfo(Path.Combine(Repository.Root, folder))).Where(folder => folder.Exists)
            .SelectMany(Files).Concat(new DirectoryInfo(Repository.Root).EnumerateFiles()).ToList();

        files.Count.ShouldBeGreaterThan(1000);
        files.Where(file => KeyFiles.Contains(file.Extension) || file.Name.StartsWith(".env", StringComparison.Ordinal)).Select(file => file.FullName).ShouldBeEmpty();
        files.Where(file => file.Length < 1_000_000 && Key().IsMatch(File.ReadAllText(file.FullName))).Select(file => file.FullName).ShouldBeEmpty();
    }

    [Fact]
    public void No_setting_that_is_a_secret_has_a_default()
    {
        var secrets = typeof(VigilPaths).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetConstructor([]) is not null)
            .SelectMany(type => type.GetProperties().Where(property => property.PropertyType == typeof(string) && Secret().IsMatch(property.Name))
                .Select(property => (Name: $"{type.Name}.{property.Name}", Value: (string?)property.GetValue(Activator.CreateInstance(type)))))
            .ToList();

        secrets.ShouldNotBeEmpty("there are settings that are secrets");
        secrets.ShouldAllBe(secret => string.IsNullOrEmpty(secret.Value));
    }

    private static IEnumerable<FileInfo> Files(DirectoryInfo folder) =>
        folder.EnumerateFiles().Concat(folder.EnumerateDirectories().Where(inner => !Made.Contains(inner.Name)).SelectMany(Files));

    [GeneratedRegex("BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|\"type\": *\"service_account\"|gh[pousr]_[0-9A-Za-z]{36}|xox[abp]-[0-9]{8}")]
    private static partial Regex Key();

    [GeneratedRegex("Password|Secret|Credential|ApiKey|PrivateKey")]
    private static partial Regex Secret();
}
