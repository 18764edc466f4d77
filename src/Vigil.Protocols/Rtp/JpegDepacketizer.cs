using System.Buffers.Binary;
using System.Globalization;
using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Rtp;

/// <summary>
/// RFC 2435: the scan comes in fragments, the headers are rebuilt from type, Q and size. Types 0, 1, 64 and 65; pictures wider than
/// the eight bits of the header allow through ONVIF's header extension or <c>x-dimensions</c>.
/// </summary>
internal sealed class JpegDepacketizer : Depacketizer
{
    private const int ChunkBytes = 256 * 1024;
    private const int MainHeaderLength = 8;

    /// <summary>ONVIF Streaming Specification §5.1.3.2.1: the extension holds JPEG marker segments.</summary>
    private const ushort OnvifJpegExtension = 0xFFD8;

    private readonly UnitBuffer buffer = new(ChunkBytes);
    private readonly (int Width, int Height) announced;
    private readonly int clockRate;
    private readonly Dictionary<byte, byte[]> cachedTables = [];
    private readonly byte[] tables = new byte[JpegHeader.TableBytes];
    private (int Width, int Height) extensionSize;
    private int headerLength = -1;
    private long unitTimestamp;

    public JpegDepacketizer(RtpTrackDescription description)
        : base(description)
    {
        clockRate = description.ClockRate;
        announced = ReadDimensions(description.Fmtp.GetValueOrDefault("x-dimensions", ""));
    }

    private bool Open => headerLength >= 0;

    private protected override void Accept(in RtpPacket packet, long timestamp)
    {
        if (Open && timestamp != unitTimestamp)
        {
            Finish(); // No packet is missing, so the marker is.
        }

        if (packet.Payload.IsEmpty)
        {
            return;
        }

        if (packet.ExtensionProfile == OnvifJpegExtension && JpegHeader.TryReadSize(packet.Extension, out var width, out var height))
        {
            extensionSize = (width, height);
        }

        if (!Unpack(packet.Payload, timestamp))
        {
            Stats.MalformedPackets++;
            Interrupted();
            NoteLoss();
        }
        else if (packet.Marker)
        {
            Finish();
        }
    }

    private protected override void Interrupted()
    {
        if (Open)
        {
            buffer.Truncate(0);
            headerLength = -1;
            Stats.DroppedUnits++;
        }
    }

    private static (int Width, int Height) ReadDimensions(string text)
    {
        var parts = text.Split(',');
        return parts.Length == 2
            && int.TryParse(parts[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            && int.TryParse(parts[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            && width is > 0 and <= CodecLimits.MaxPictureSide && height is > 0 and <= CodecLimits.MaxPictureSide
            ? (width, height)
            : default;
    }

    private bool Unpack(ReadOnlySpan<byte> payload, long timestamp)
    {
        if (payload.Length < MainHeaderLength)
        {
            return false;
        }

        var offset = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0xFF_FFFF);
        var type = payload[4];
        var q = payload[5];
        var size = (Width: payload[6] * 8, Height: payload[7] * 8);
        var data = payload[MainHeaderLength..];
        var restartInterval = 0;
        if (type is >= 64 and < 128)
        {
            if (data.Length < 4)
            {
                return false;
            }

            restartInterval = BinaryPrimitives.ReadUInt16BigEndian(data);
            data = data[4..];
        }

        if (offset == 0)
        {
            if (!Begin(type, q, size, restartInterval, timestamp, ref data))
            {
                return false;
            }
        }
        else if (!Open)
        {
            NoteLoss(); // Its beginning was lost, or before we came.
            return true;
        }
        else if (offset != buffer.Length - headerLength)
        {
            return false;
        }

        if (buffer.Length + data.Length > CodecLimits.MaxJpegBytes)
        {
            return false;
        }

        buffer.Append(data);
        return true;
    }

    private bool Begin(byte type, byte q, (int Width, int Height) size, int restartInterval, long timestamp, ref ReadOnlySpan<byte> data)
    {
        if (Open)
        {
            Finish();
        }

        if ((type & 0xBF) is not (0 or 1) || q == 0)
        {
            return false; // Types from 128 on are dynamic; nobody sends them.
        }

        if (size.Width == 0 || size.Height == 0 || extensionSize.Width > 0)
        {
            size = extensionSize.Width > 0 ? extensionSize : announced;
        }

        if (size.Width == 0)
        {
            return false;
        }

        var wide = 0;
        if (q < 128)
        {
            JpegHeader.ScaleTables(q, tables);
        }
        else if (!ReadTables(q, ref data, out wide))
        {
            return false;
        }

        JpegHeader.Write(buffer, size.Width, size.Height, type & 1, restartInterval, tables, wide);
        headerLength = buffer.Length;
        unitTimestamp = timestamp;
        if (Format is null || Format.Width != size.Width || Format.Height != size.Height)
        {
            Format = new TrackFormat { Codec = Codec.Mjpeg, ClockRate = clockRate, Width = size.Width, Height = size.Height, CodecString = "jpeg" };
        }

        return true;
    }

    /// <summary>§3.1.8: tables in the packet, or those seen before with the same Q. <paramref name="wide"/> has a bit for each 16-bit table.</summary>
    private bool ReadTables(byte q, ref ReadOnlySpan<byte> data, out int wide)
    {
        wide = 0;
        if (data.Length < 4)
        {
            return false;
        }

        var precision = data[1] & 3;
        var length = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        data = data[4..];
        if (length > data.Length)
        {
            return false;
        }

        var given = data[..length];
        data = data[length..];
        if (length == 0)
        {
            if (!cachedTables.TryGetValue(q, out var cached))
            {
                return false;
            }

            wide = cached[^1];
            cached.AsSpan(0, JpegHeader.TableBytes).CopyTo(tables);
            return true;
        }

        // One table serves both where only one is sent.
        var first = (precision & 1) != 0 ? 128 : 64;
        var second = (precision & 2) != 0 ? 128 : 64;
        if (given.Length < first || (given.Length > first && given.Length < first + second))
        {
            return false;
        }

        Array.Clear(tables);
        given[..first].CopyTo(tables);
        if (given.Length > first)
        {
            given.Slice(first, second).CopyTo(tables.AsSpan(128));
            wide = precision;
        }
        else
        {
            given.CopyTo(tables.AsSpan(128));
            wide = (precision & 1) * 3;
        }

        if (q != 255)
        {
            // §4.2: below 255 the tables of a Q never change, and may be sent once.
            cachedTables[q] = [.. tables, (byte)wide];
        }

        return true;
    }

    private void Finish()
    {
        if (!Open)
        {
            return;
        }

        if (buffer.Length == headerLength)
        {
            Interrupted();
            return;
        }

        if (!buffer.Unit.EndsWith<byte>([0xFF, 0xD9]))
        {
            buffer.Append([0xFF, 0xD9]);
        }

        headerLength = -1;
        Emit(Format!, unitTimestamp, isKeyFrame: true, buffer.Take(buffer.Length));
    }
}
