namespace Vigil.Server.Health;

/// <summary>A container of sound that may be uploaded, told by what the file begins with and never by its name.</summary>
/// <param name="Extension">Without the dot.</param>
/// <param name="Demuxer">ffmpeg's only permitted reader of it.</param>
/// <param name="MediaType">As it is served.</param>
internal sealed record ClipFormat(string Extension, string Demuxer, string MediaType)
{
    public const int HeadBytes = 12;

    private static readonly ClipFormat Wav = new("wav", "wav", "audio/wav");
    private static readonly ClipFormat Mp3 = new("mp3", "mp3", "audio/mpeg");
    private static readonly ClipFormat M4a = new("m4a", "mov", "audio/mp4");
    private static readonly ClipFormat Ogg = new("ogg", "ogg", "audio/ogg");
    private static readonly ClipFormat Flac = new("flac", "flac", "audio/flac");

    /// <summary>Null: none of the five.</summary>
    public static ClipFormat? Of(ReadOnlySpan<byte> head) =>
        head.StartsWith("RIFF"u8) && head.Length >= HeadBytes && head[8..12].SequenceEqual("WAVE"u8) ? Wav
        : head.StartsWith("OggS"u8) ? Ogg
        : head.StartsWith("fLaC"u8) ? Flac
        : head.Length >= 8 && head[4..8].SequenceEqual("ftyp"u8) ? M4a
        // An ID3 tag, or the eleven bits of an MPEG frame's beginning with layer III in it; ADTS has no layer there.
        : head.StartsWith("ID3"u8) || (head.Length >= 2 && head[0] == 0xFF && (head[1] & 0xE6) == 0xE2) ? Mp3
        : null;

    public static ClipFormat? ByExtension(string extension) =>
        new[] { Wav, Mp3, M4a, Ogg, Flac }.FirstOrDefault(format => "." + format.Extension == extension);
}
