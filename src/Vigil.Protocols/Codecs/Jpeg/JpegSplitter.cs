using System.Buffers.Binary;

namespace Vigil.Protocols.Codecs;

/// <summary>
/// Cuts a byte stream of JPEG pictures (ffmpeg's image2pipe, or HTTP without usable boundaries) into pictures. Follows marker
/// segments, so that a thumbnail inside EXIF ends nothing. <see cref="Push"/>, then <see cref="TryTake"/> until false.
/// </summary>
public sealed class JpegSplitter(int maxPictureBytes = CodecLimits.MaxJpegBytes)
{
    private const int ChunkBytes = 256 * 1024;

    private readonly UnitBuffer buffer = new(ChunkBytes);
    private int scan;
    private bool inPicture;
    private bool inEntropy;

    /// <summary>Bytes that belonged to no picture.</summary>
    public long SkippedBytes { get; private set; }

    /// <summary>Pictures given up because they passed the cap or were not JPEG inside.</summary>
    public long DroppedPictures { get; private set; }

    public void Push(ReadOnlySpan<byte> bytes) => buffer.Append(bytes);

    /// <summary>The next picture from SOI to EOI.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> picture)
    {
        picture = default;
        while (true)
        {
            if (!inPicture && !FindStart())
            {
                return false;
            }

            switch (Walk())
            {
                case Step.NeedMore when buffer.Length > maxPictureBytes:
                case Step.Broken:
                    GiveUp();
                    break;
                case Step.NeedMore:
                    return false;
                case Step.Complete when scan > maxPictureBytes:
                    GiveUp();
                    break;
                case Step.Complete:
                    picture = buffer.Take(scan);
                    Restart();
                    return true;
            }
        }
    }

    private bool FindStart()
    {
        var at = buffer.Unit.IndexOf<byte>([0xFF, 0xD8]);
        // Without one, the last byte may be half of it.
        var skip = at >= 0 ? at : buffer.Unit.EndsWith<byte>([0xFF]) ? buffer.Length - 1 : buffer.Length;
        SkippedBytes += skip;
        buffer.Take(skip);
        scan = 2;
        inPicture = at >= 0;
        return inPicture;
    }

    private Step Walk()
    {
        var bytes = buffer.Unit;
        while (true)
        {
            if (inEntropy)
            {
                var next = scan >= bytes.Length ? -1 : bytes[scan..].IndexOf((byte)0xFF);
                scan = next < 0 ? Math.Max(scan, bytes.Length) : scan + next;
            }

            if (scan + 2 > bytes.Length)
            {
                return Step.NeedMore;
            }

            if (bytes[scan] != 0xFF)
            {
                return Step.Broken;
            }

            var marker = bytes[scan + 1];
            switch (marker)
            {
                case 0xD9:
                    scan += 2;
                    return Step.Complete;
                case 0xFF:
                    scan++; // Fill bytes, T.81 §B.1.1.2.
                    break;
                case 0x00 or (>= 0xD0 and <= 0xD7) when inEntropy:
                    scan += 2;
                    break;
                case 0x00 or 0xD8:
                    return Step.Broken; // Another SOI: the end of the picture before is missing.
                case 0x01 or (>= 0xD0 and <= 0xD7):
                    scan += 2;
                    break;
                default:
                    if (scan + 4 > bytes.Length)
                    {
                        return Step.NeedMore;
                    }

                    var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(scan + 2)..]);
                    if (length < 2)
                    {
                        return Step.Broken;
                    }

                    if (scan + 2 + length > bytes.Length)
                    {
                        return Step.NeedMore;
                    }

                    scan += 2 + length;
                    inEntropy = marker == 0xDA;
                    break;
            }
        }
    }

    private void GiveUp()
    {
        // Past what was walked, so that a broken picture is looked at once; an SOI there is found again.
        DroppedPictures++;
        var skip = Math.Clamp(scan, 2, buffer.Length);
        SkippedBytes += skip;
        buffer.Take(skip);
        Restart();
    }

    private void Restart()
    {
        inPicture = false;
        inEntropy = false;
        scan = 0;
    }

    private enum Step
    {
        NeedMore,
        Complete,
        Broken,
    }
}
