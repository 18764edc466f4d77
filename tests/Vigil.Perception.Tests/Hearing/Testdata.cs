namespace Vigil.Perception.Tests.Hearing;

/// <summary>The small files of <c>testdata/hearing</c>.</summary>
internal static class Testdata
{
    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "testdata", "hearing", name));

    public static string[] Lines(string name) => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "testdata", "hearing", name));

    /// <summary>16-bit samples behind a plain 44-byte header.</summary>
    public static short[] Wav(string name) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(Bytes(name).AsSpan(44)).ToArray();
}
