using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Vigil.Media.WebRtc.NativeSocket;

namespace Vigil.Media.WebRtc;

/// <summary>Takes one received datagram. <paramref name="from"/> is used again for the next one: copy it to keep it.</summary>
internal delegate void DatagramTaker(UdpPort port, Span<byte> datagram, SocketAddress from, LocalAddress to);

/// <summary>
/// One UDP socket. Bound to the wildcard it hears IPv4 and IPv6 on every address of the machine, also on those that come later, and
/// learns which address was asked (RFC 3542 §6.1), so that answers leave from it: browsers drop any other.
/// </summary>
internal sealed class UdpPort : IDisposable
{
    /// <summary>UDP_MAX_SEGMENTS of linux/udp.h.</summary>
    public const int MaxSegments = 64;

    /// <summary>A key frame to sixty viewers must not overflow it.</summary>
    private const int BufferBytes = 4 * 1024 * 1024;

    /// <summary>Largest UDP payload over IPv4; segmented sends obey it too.</summary>
    private const int MaxPayload = 65_507;

    /// <summary>How long one send waits for room in the kernel before its packets count as lost.</summary>
    private const int PatienceMilliseconds = 5;

    private const int DatagramBytes = 2048;
    private const int Batch = 16;

    private readonly Socket socket;
    private readonly bool canSegment;
    private readonly byte[] received = GC.AllocateUninitializedArray<byte>(Batch * DatagramBytes, pinned: true);
    private readonly SocketAddress from;
    private long dropped;

    /// <summary>Binds; <see cref="IPAddress.IPv6Any"/> means all addresses of both families, where the kernel has IPv6.</summary>
    public UdpPort(IPEndPoint local)
    {
        socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = local.Address.Equals(IPAddress.IPv6Any);
            }

            EnlargeBuffers();
            IsWildcard = local.Address.Equals(IPAddress.IPv6Any) || local.Address.Equals(IPAddress.Any);
            if (IsWildcard)
            {
                var six = local.AddressFamily == AddressFamily.InterNetworkV6;
                socket.SetRawSocketOption(six ? LevelIpv6 : LevelIp, six ? ReceivePacketInfo6 : PacketInfo4, One);
            }

            canSegment = KernelSegments();
            socket.Bind(local);
            Local = (IPEndPoint)socket.LocalEndPoint!;
            from = new SocketAddress(socket.AddressFamily);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ReadOnlySpan<byte> One => [1, 0, 0, 0];

    public IPEndPoint Local { get; }

    /// <summary>At work on what came.</summary>
    public WorkTurn Turn { get; } = new();

    /// <summary>Bound to all addresses.</summary>
    public bool IsWildcard { get; }

    /// <summary>Datagrams that found no room in the kernel.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Hands every datagram to <paramref name="taker"/>, one at a time, until cancelled.</summary>
    public async Task RunAsync(DatagramTaker taker, CancellationToken cancel)
    {
        var peek = new byte[1];
        Func<int> drain = () => Drain(taker);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await socket.ReceiveAsync(peek, SocketFlags.Peek, cancel);
                while (Turn.Do(drain) == Batch)
                {
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // What an earlier datagram of ours met on its way; the next one is not concerned.
            }
        }
    }

    /// <summary>Sends one datagram; loss is the network's business, so errors are only counted.</summary>
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to, LocalAddress leaving) => Transmit(datagram, 0, to, leaving);

    /// <summary>
    /// Sends datagrams that lie one behind the other, all of <paramref name="segment"/> bytes but the last, which may be shorter: with
    /// one system call where the kernel can cut them (UDP generic segmentation offload, Linux 4.18), which costs a third.
    /// </summary>
    /// <returns>False when this destination's route can't segment: they were sent one by one, and should be from now on.</returns>
    public bool SendSegments(ReadOnlySpan<byte> datagrams, int segment, bool offload, SocketAddress to, LocalAddress leaving)
    {
        var usable = offload;
        while (!datagrams.IsEmpty)
        {
            var together = usable && canSegment ? Math.Min(MaxSegments, MaxPayload / segment) : 1;
            var length = Math.Min(segment * together, datagrams.Length);
            if (length > segment && !Transmit(datagrams[..length], segment, to, leaving))
            {
                usable = false; // A tunnel, or a network card without checksums: the same bytes again, one by one.
                continue;
            }

            if (length <= segment)
            {
                Transmit(datagrams[..length], 0, to, leaving);
            }

            datagrams = datagrams[length..];
        }

        return usable;
    }

    public void Dispose() => socket.Dispose();

    private unsafe int Drain(DatagramTaker taker)
    {
        const int ControlBytes = 64;
        var messages = stackalloc MultiMessage[Batch];
        var vectors = stackalloc IoVector[Batch];
        var names = stackalloc byte[Batch * NameBytes];
        var controls = stackalloc byte[Batch * ControlBytes];
        var data = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(received));
        for (var i = 0; i < Batch; i++)
        {
            vectors[i] = new IoVector { Base = data + (i * DatagramBytes), Length = DatagramBytes };
            messages[i].Header = new MessageHeader
            {
                Name = names + (i * NameBytes),
                NameLength = NameBytes,
                Vectors = &vectors[i],
                VectorCount = 1,
                Control = controls + (i * ControlBytes),
                ControlLength = ControlBytes,
            };
        }

        var count = ReceiveMessages(socket.SafeHandle, messages, Batch, FlagDontWait, null);
        for (var i = 0; i < count; i++)
        {
            ref var header = ref messages[i].Header;
            if ((header.Flags & FlagTruncated) != 0)
            {
                continue; // Longer than any datagram of WebRTC.
            }

            from.Size = (int)header.NameLength;
            new ReadOnlySpan<byte>(header.Name, from.Size).CopyTo(from.Buffer.Span);
            taker(this, received.AsSpan(i * DatagramBytes, (int)messages[i].Length), from, IsWildcard ? LocalAddress.Read(header) : default);
        }

        return count;
    }

    /// <summary>False only when the kernel can't segment for this destination.</summary>
    private unsafe bool Transmit(ReadOnlySpan<byte> data, int segment, SocketAddress to, LocalAddress leaving)
    {
        var control = stackalloc byte[96];
        fixed (byte* dataAt = data, toAt = to.Buffer.Span)
        {
            var vector = new IoVector { Base = dataAt, Length = (nuint)data.Length };
            var message = new MessageHeader { Name = toAt, NameLength = (uint)to.Size, Vectors = &vector, VectorCount = 1 };
            var used = IsWildcard ? leaving.Write(control, socket.AddressFamily) : 0;
            if (segment > 0)
            {
                used += WriteControl(control + used, LevelUdp, UdpSegment, new ReadOnlySpan<byte>(&segment, sizeof(ushort)));
            }

            if (used > 0)
            {
                message.Control = control;
                message.ControlLength = (nuint)used;
            }

            for (var attempt = 0; ; attempt++)
            {
                if (SendMessage(socket.SafeHandle, &message, FlagDontWait) >= 0)
                {
                    return true;
                }

                var error = Marshal.GetLastPInvokeError();
                if (segment > 0 && error is ErrorInvalidArgument or ErrorInputOutput or ErrorMessageSize)
                {
                    return false;
                }

                if (error != ErrorTryAgain || attempt > 0 || !WaitForRoom())
                {
                    var lost = segment > 0 ? (data.Length + segment - 1) / segment : 1;
                    Interlocked.Add(ref dropped, lost);
                    MediaMeter.PacketsDropped("socket", lost);
                    return true;
                }
            }
        }
    }

    private unsafe bool WaitForRoom()
    {
        var poll = new PollDescriptor { Descriptor = (int)socket.SafeHandle.DangerousGetHandle(), Events = PollOut };
        return Poll(&poll, 1, PatienceMilliseconds) > 0;
    }

    private void EnlargeBuffers()
    {
        // Beyond net.core.?mem_max only with CAP_NET_ADMIN; without it the kernel gives what it allows.
        Span<byte> size = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(size, BufferBytes);
        foreach (var option in (ReadOnlySpan<int>)[ReceiveBufferForce, SendBufferForce])
        {
            try
            {
                socket.SetRawSocketOption(LevelSocket, option, size);
            }
            catch (SocketException)
            {
                socket.SetRawSocketOption(LevelSocket, option == ReceiveBufferForce ? ReceiveBuffer : SendBuffer, size);
            }
        }
    }

    private bool KernelSegments()
    {
        // A kernel that does not know the option would ignore the control message and send one huge datagram.
        try
        {
            socket.SetRawSocketOption(LevelUdp, UdpSegment, [0, 0, 0, 0]);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
