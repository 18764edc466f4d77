using Vigil.Perception.Hearing;
using Vigil.Server.Events;

namespace Vigil.Server.Detection;

/// <summary>Log-mel frames as bytes: a tenth of a natural logarithm each, from −14 to 11.5. Enough to train with, and no sound can be made of it.</summary>
public static class MelBytes
{
    private const float Lowest = -14;
    private const float Steps = 10;

    public static void Write(ReadOnlySpan<float> frames, Span<byte> bytes)
    {
        for (var i = 0; i < frames.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(MathF.Round((frames[i] - Lowest) * Steps), 0, 255);
        }
    }

    public static float Read(byte value) => (value / Steps) + Lowest;
}

/// <summary>Two seconds that were heard.</summary>
public sealed record HeardMoment(DateTimeOffset At, float Score, byte[] Features);

/// <summary>What sounded most like crying in each ten seconds of the last minute. Not thread-safe.</summary>
public sealed class CryMemory
{
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Piece = TimeSpan.FromSeconds(10);
    private readonly (DateTimeOffset At, float Score, byte[] Features)[] pieces =
        [.. Enumerable.Range(0, 7).Select(_ => (DateTimeOffset.MinValue, 0f, new byte[CryNetwork.WindowFrames * MelFrontEnd.Bands]))];

    public void Remember(DateTimeOffset at, float score, ReadOnlySpan<float> frames)
    {
        ref var piece = ref pieces[at.UtcTicks / Piece.Ticks % pieces.Length];
        var fresh = at - piece.At >= Piece;
        if (fresh || score > piece.Score)
        {
            (piece.At, piece.Score) = (at, score);
            MelBytes.Write(frames, piece.Features);
        }
    }

    public HeardMoment? Strongest(DateTimeOffset now)
    {
        var best = pieces.Where(p => now - p.At <= Kept).OrderByDescending(p => p.Score).FirstOrDefault();
        return best.Features is null ? null : new HeardMoment(best.At, best.Score, [.. best.Features]);
    }
}

/// <summary>One crying as it is heard: its curve, and the two seconds that were the surest.</summary>
internal sealed class CryTrace(DateTimeOffset from, float threshold)
{
    private readonly List<short> levels = [];
    private readonly List<short> scores = [];
    private readonly byte[] features = new byte[CryNetwork.WindowFrames * MelFrontEnd.Bands];

    public DateTimeOffset From { get; } = from;

    public DateTimeOffset To { get; set; } = from;

    public float Score { get; private set; }

    public Guid? Event { get; set; }

    public void Add(in CryWindow window, float mean, ReadOnlySpan<float> frames)
    {
        levels.Add((short)MathF.Round(window.Level.Loud));
        scores.Add((short)MathF.Round(window.Score * 1000));
        if (mean > Score)
        {
            Score = mean;
            MelBytes.Write(frames, features);
        }
    }

    public HeardCry Close(CameraEvent e, float? roomDbfs, string model) =>
        new(e.Id, e.HouseholdId, e.CameraId ?? 0, From, threshold, roomDbfs, [.. levels], [.. scores], model, features);
}

/// <summary>What is kept of one crying.</summary>
public sealed record HeardCry(
    Guid EventId, long HouseholdId, int CameraId, DateTimeOffset StartedAt, float Threshold, float? RoomDbfs, short[] Levels, short[] Scores, string Model,
    byte[] Features);
