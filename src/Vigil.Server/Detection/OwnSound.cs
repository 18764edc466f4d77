using Vigil.Server.Devices;

namespace Vigil.Server.Detection;

/// <summary>
/// What the room's own device plays is no reason to wake anybody. While a parent speaks into the room, and until the echo of the last word
/// has come back, no noise begins; the level is shown all the same. While a lullaby plays, the alarm goes on, above what is left of the
/// lullaby in the microphone: learnt from the first seconds on, and never higher than <see cref="MostTimes"/> red, so that a cry is still
/// heard. Pure: no clock.
/// </summary>
public sealed class OwnSound
{
    /// <summary>From the end of a word at the server through the phone's loudspeaker and microphone back to us.</summary>
    public static readonly TimeSpan TalkTail = TimeSpan.FromSeconds(1.5);

    /// <summary>From the end of a lullaby, faded out, to its last echo.</summary>
    public static readonly TimeSpan LullabyTail = TimeSpan.FromSeconds(3);

    public const double MostTimes = 3;

    /// <summary>Close to a phone a cry peaks at full scale, which is 32767: always above this.</summary>
    private const int Highest = 26_000;

    /// <summary>How far above the lullaby a noise must be.</summary>
    private const double Margin = 1.5;

    private const int LeastPieces = 4;
    private const int MostPieces = 30;
    private static readonly TimeSpan Piece = TimeSpan.FromSeconds(1);

    /// <summary>Peaks of the last seconds, one each. A cry among them is among the few that are left out.</summary>
    private readonly Queue<int> pieces = new();

    private Lullaby? learning;
    private DateTimeOffset playedTo;
    private TimeSpan pieceEnd;
    private int piecePeak;

    /// <summary>A lullaby plays, or dies away.</summary>
    public bool Playing => learning is not null;

    /// <summary>The thresholds for the alarm on this block, made of those that were set. A noise that goes on already is not broken off.</summary>
    public SoundSettings Judge(in HeardBlock block, SoundSettings settings, RoomSound plays)
    {
        Learn(block, plays.Lullaby);
        if (plays.Talker is not null || block.At < plays.TalkEndedAt + TalkTail)
        {
            return settings with { Red = int.MaxValue };
        }

        return learning is null ? settings : settings with { Red = Above(settings.Red) };
    }

    private void Learn(in HeardBlock block, Lullaby? lullaby)
    {
        if (lullaby is not null)
        {
            playedTo = block.At;
        }

        if (lullaby is null && (learning is null || block.At - playedTo < LullabyTail))
        {
            return; // What was learnt still holds while it dies away.
        }

        if (lullaby != learning)
        {
            learning = lullaby; // Another sound, another volume.
            pieces.Clear();
            pieceEnd = block.Position + Piece;
            piecePeak = 0;
        }

        piecePeak = Math.Max(piecePeak, block.Peak);
        if (block.Position >= pieceEnd)
        {
            pieces.Enqueue(piecePeak);
            pieceEnd = block.Position + Piece;
            piecePeak = 0;
            if (pieces.Count > MostPieces)
            {
                pieces.Dequeue();
            }
        }
    }

    private int Above(int red)
    {
        var most = Math.Max(red, (int)Math.Min(red * MostTimes, Highest));
        if (pieces.Count < LeastPieces)
        {
            return most;
        }

        var usual = pieces.Order().ElementAt(pieces.Count * 3 / 4);
        return Math.Clamp((int)(usual * Margin), red, most);
    }
}
