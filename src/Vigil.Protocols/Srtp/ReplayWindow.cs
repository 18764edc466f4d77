namespace Vigil.Protocols.Srtp;

/// <summary>
/// Which packet indices were seen lately (RFC 3711 §3.3.2, at least 64). Ask <see cref="IsFresh"/> before spending time on the
/// tag, and <see cref="Accept"/> only after it fitted, so that a forger cannot move the window.
/// </summary>
public struct ReplayWindow
{
    /// <summary>Two seconds of a 4 Mbit/s camera: late retransmissions still pass.</summary>
    private const int Size = 1024;

    private ulong[]? seen;
    private ulong newest;

    public readonly bool IsFresh(ulong index)
    {
        if (seen is null || index > newest)
        {
            return true;
        }

        return newest - index < Size && (seen[(index % Size) / 64] & (1UL << (int)(index % 64))) == 0;
    }

    public void Accept(ulong index)
    {
        if (seen is null)
        {
            seen = new ulong[Size / 64];
            newest = index;
        }
        else if (index > newest)
        {
            if (index - newest >= Size)
            {
                Array.Clear(seen);
            }
            else
            {
                for (var i = newest + 1; i < index; i++)
                {
                    seen[(i % Size) / 64] &= ~(1UL << (int)(i % 64));
                }
            }

            newest = index;
        }

        seen[(index % Size) / 64] |= 1UL << (int)(index % 64);
    }
}
