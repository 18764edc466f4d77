using System.Security.Cryptography;
using System.Text;
using Vigil.Server.Hosting;

namespace Vigil.Server.Devices.Signaling;

/// <summary>
/// Keyed hashes of device secrets and pairing codes: whoever reads the database alone can try neither. The key is a file of the data directory, or the
/// setting <c>Signaling:SecretKey</c>, which several servers on one database must share.
/// </summary>
public sealed class SignalSecrets(VigilPaths paths, IConfiguration configuration)
{
    public const int Longest = 256;
    private const int SecretLength = 32;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly Lock reading = new();
    private byte[]? key;

    public static string Create() => RandomNumberGenerator.GetString(Alphabet, SecretLength);

    public byte[] HashOfSecret(string secret) => Hash("secret", secret);

    public bool Matches(string secret, byte[] hash) => CryptographicOperations.FixedTimeEquals(HashOfSecret(secret), hash);

    internal byte[] HashOfCode(string code) => Hash("code", code);

    private byte[] Hash(string purpose, string text) => HMACSHA256.HashData(Key(), Encoding.UTF8.GetBytes($"{purpose}\n{text}"));

    private byte[] Key()
    {
        lock (reading)
        {
            return key ??= configuration["Signaling:SecretKey"] is { Length: > 0 } set ? SHA256.HashData(Encoding.UTF8.GetBytes(set)) : FromFile();
        }
    }

    private byte[] FromFile()
    {
        var file = Path.Combine(paths.Keys, "signaling-key");
        if (File.Exists(file))
        {
            return File.ReadAllBytes(file);
        }

        var fresh = RandomNumberGenerator.GetBytes(32);
        paths.Create();
        PrivateFile.Write(file, fresh);
        return fresh;
    }
}
