namespace Vigil.Protocols.Codecs;

/// <summary>
/// Cuts a byte stream of ADTS frames (ffmpeg's <c>-f adts</c>) into raw AAC frames. <see cref="Push"/>, then
/// <see cref="TryTake"/> until false. At first and behind garbage a header counts only when
/// another follows where it says, which costs the first frame the time of one more.
/// </summary>
public sealed class AdtsSplitter
{
    private byte[] buffer = new byte[4096];
    private int start;
    private int end;
    private bool synchronised;

    /// <summary>The format of the frame last taken.</summary>
    public TrackFormat? Format { get; private set; }

    /// <summary>Bytes that belonged to no frame.</summary>
    public long SkippedBytes { get; private set; }

    public void Push(ReadOnlySpan<byte> bytes)
    {
        if (end + bytes.Length > buffer.Length)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
            if (end + bytes.Length > buffer.Length)
            {
                Array.Resize(ref buffer, end + bytes.Length);
            }
        }

        bytes.CopyTo(buffer.AsSpan(end));
        end += bytes.Length;
    }

    /// <summary>The next frame without its header; frames that pack several raw blocks are given whole.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> frame)
    {
        frame = default;
        while (true)
        {
            var waiting = buffer.AsSpan(start, end - start);
            switch (AdtsHeader.TryParse(waiting, out var header))
            {
                case AdtsParseError.NeedMore:
                    return false;
                case AdtsParseError.None when header.FrameLength > waiting.Length:
                    return false;
                case AdtsParseError.None when !synchronised && waiting.Length < header.FrameLength + AdtsHeader.MinLength:
                    return false;
                case AdtsParseError.None when synchronised
                    || AdtsHeader.TryParse(waiting[header.FrameLength..], out _) == AdtsParseError.None:
                    synchronised = true;
                    SetFormat(header);
                    frame = waiting[header.HeaderLength..header.FrameLength].ToArray();
                    start += header.FrameLength;
                    return true;
                default:
                    synchronised = false;
                    var next = waiting[1..].IndexOf((byte)0xFF);
                    var skip = next < 0 ? waiting.Length : next + 1;
                    SkippedBytes += skip;
                    start += skip;
                    break;
            }
        }
    }

    private void SetFormat(in AdtsHeader header)
    {
        if (Format is null || Format.ClockRate != header.SampleRate || Format.Channels != header.ChannelConfiguration)
        {
            var config = AudioSpecificConfig.Build(header.ObjectType, header.SampleRate, header.ChannelConfiguration);
            Format = AudioSpecificConfig.ToFormat(config);
        }
    }
}
