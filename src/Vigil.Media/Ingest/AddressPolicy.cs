using System.Net;
using System.Net.Sockets;

namespace Vigil.Media.Ingest;

/// <summary>What <see cref="AddressPolicy"/> says of an address.</summary>
public enum AddressVerdict
{
    Allowed,
    SchemeNotAllowed,
    UserInfoInAddress,
    NoHost,
    LinkLocal,
    Multicast,
    Unspecified,
    Metadata,
    Reserved,
    Loopback,
    OwnListener,
}

/// <summary>
/// Which addresses a camera may have. A camera address comes from a person, and a redirect from a device, so neither may lead Vigil
/// to itself, to the cloud's metadata service or to places that are no cameras. Pure: ask it after every name resolution, at every
/// connection and redirect.
/// </summary>
public sealed class AddressPolicy
{
    private static readonly string[] Schemes = ["rtsp", "rtsps", "http", "https", "test", PublishedIngest.Scheme];

    /// <summary>Instance metadata services: AWS/Azure/Google (IPv4 and IPv6), Azure's wire server, Alibaba, Oracle's old one.</summary>
    private static readonly IPAddress[] MetadataServices =
    [
        IPAddress.Parse("169.254.169.254"), IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("fd20:ce::254"),
        IPAddress.Parse("168.63.129.16"), IPAddress.Parse("100.100.100.200"), IPAddress.Parse("192.0.0.192"),
    ];

    private readonly bool allowLoopback;
    private readonly IReadOnlyCollection<IPEndPoint> ownListeners;
    private readonly Func<IPAddress, bool> isOwnAddress;

    /// <param name="allowLoopback">Cameras on 127.0.0.0/8 and ::1.</param>
    /// <param name="ownListeners">Our sockets; an unspecified address stands for all of this machine's.</param>
    /// <param name="isOwnAddress">Whether an address belongs to this machine.</param>
    public AddressPolicy(bool allowLoopback, IReadOnlyCollection<IPEndPoint> ownListeners, Func<IPAddress, bool> isOwnAddress)
    {
        this.allowLoopback = allowLoopback;
        this.ownListeners = ownListeners;
        this.isOwnAddress = isOwnAddress;
    }

    /// <summary>What can be said before the name is resolved. A name that does not resolve is fine: the camera may be off.</summary>
    public AddressVerdict Check(Uri address)
    {
        if (!address.IsAbsoluteUri || !Schemes.Contains(address.Scheme, StringComparer.Ordinal))
        {
            return AddressVerdict.SchemeNotAllowed;
        }

        if (address.UserInfo.Length > 0)
        {
            return AddressVerdict.UserInfoInAddress;
        }

        if (address.Scheme is "test" or PublishedIngest.Scheme)
        {
            return AddressVerdict.Allowed;
        }

        if (address.Host.Length == 0 || address.Host[0] == '-')
        {
            return AddressVerdict.NoHost;
        }

        return IPAddress.TryParse(address.Host.Trim('[', ']'), out var literal)
            ? Check(literal, Protocols.Rtsp.RtspUrl.PortOf(address))
            : AddressVerdict.Allowed;
    }

    /// <summary>Whether to connect to <paramref name="address"/>.</summary>
    public AddressVerdict Check(IPAddress address, int port)
    {
        address = Unwrap(address);
        if (MetadataServices.Contains(address))
        {
            return AddressVerdict.Metadata;
        }

        var kind = address.AddressFamily == AddressFamily.InterNetwork ? CheckV4(address.GetAddressBytes()) : CheckV6(address);
        if (kind != AddressVerdict.Allowed && !(kind == AddressVerdict.Loopback && allowLoopback))
        {
            return kind;
        }

        return IsOwnListener(address, port) ? AddressVerdict.OwnListener : AddressVerdict.Allowed;
    }

    /// <summary>In words for the person who typed the address.</summary>
    public static string Explain(AddressVerdict verdict) => verdict switch
    {
        AddressVerdict.Allowed => "",
        AddressVerdict.SchemeNotAllowed => "A camera address begins with rtsp, rtsps, http, https or test.",
        AddressVerdict.UserInfoInAddress => "Put the user name and the password into their own fields, not into the address.",
        AddressVerdict.NoHost => "The address names no host.",
        AddressVerdict.LinkLocal => "Link-local addresses are not allowed.",
        AddressVerdict.Multicast => "Multicast addresses are not allowed.",
        AddressVerdict.Unspecified => "That address means no machine in particular.",
        AddressVerdict.Metadata => "That address belongs to the machine's own cloud service and is not allowed.",
        AddressVerdict.Reserved => "That address is reserved and belongs to no camera.",
        AddressVerdict.Loopback => "Cameras on this machine itself are not allowed by its settings.",
        AddressVerdict.OwnListener => "That address leads back to Vigil itself.",
        _ => "That address is not allowed.",
    };

    private static AddressVerdict CheckV4(ReadOnlySpan<byte> b) => b[0] switch
    {
        0 => AddressVerdict.Unspecified,
        127 => AddressVerdict.Loopback,
        169 when b[1] == 254 => AddressVerdict.LinkLocal,
        >= 224 and < 240 => AddressVerdict.Multicast,
        >= 240 => AddressVerdict.Reserved,
        _ => AddressVerdict.Allowed,
    };

    private static AddressVerdict CheckV6(IPAddress address)
    {
        if (address.Equals(IPAddress.IPv6Any))
        {
            return AddressVerdict.Unspecified;
        }

        if (IPAddress.IsLoopback(address))
        {
            return AddressVerdict.Loopback;
        }

        return address.IsIPv6LinkLocal ? AddressVerdict.LinkLocal
            : address.IsIPv6Multicast ? AddressVerdict.Multicast
            : AddressVerdict.Allowed;
    }

    /// <summary>The IPv4 address inside IPv4-mapped, IPv4-compatible, NAT64 (RFC 6052) and 6to4 (RFC 3056) addresses.</summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        ReadOnlySpan<byte> bytes = address.GetAddressBytes();
        if (bytes[..12].SequenceEqual(Nat64Prefix) || (!bytes[..12].ContainsAnyExcept((byte)0) && bytes[12] != 0))
        {
            return new IPAddress(bytes[12..]);
        }

        return bytes[0] == 0x20 && bytes[1] == 0x02 ? new IPAddress(bytes[2..6]) : new IPAddress(bytes); // Without scope id.
    }

    private static ReadOnlySpan<byte> Nat64Prefix => [0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0];

    private bool IsOwnListener(IPAddress address, int port)
    {
        foreach (var own in ownListeners)
        {
            var bound = Unwrap(own.Address);
            if (own.Port == port && (bound.Equals(address)
                || ((bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any)) && (IPAddress.IsLoopback(address) || isOwnAddress(address)))))
            {
                return true;
            }
        }

        return false;
    }
}
