using System.Diagnostics;

namespace Vigil.Server.Tests.Hosting.Https;

/// <summary>A second opinion about certificates.</summary>
internal static class OpenSsl
{
    /// <summary>What `openssl verify` says about a server's certificate: empty when it is content.</summary>
    public static async Task<string> ObjectionAsync(string authorityPem, string leafPem, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("vigil-openssl-").FullName;
        try
        {
            var (authority, leaf) = (Path.Combine(folder, "ca.pem"), Path.Combine(folder, "leaf.pem"));
            await File.WriteAllTextAsync(authority, authorityPem);
            await File.WriteAllTextAsync(leaf, leafPem);
            var start = new ProcessStartInfo(
                "openssl", ["verify", "-x509_strict", "-purpose", "sslserver", "-no-CApath", "-no-CAstore", "-CAfile", authority, .. options, leaf])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? "" : output + await errors;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
