using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Vigil.Server.Hosting.Https;

/// <summary>For whom an authority may vouch (RFC 5280 §4.2.1.10): names and everything below them, and networks. Everything else is refused by whoever checks.</summary>
internal sealed record NameConstraints(IReadOnlyList<string> Names, IReadOnlyList<string> ExcludedNames, IReadOnlyList<IPNetwork> Networks)
{
    public const string Oid = "2.5.29.30";

    private static readonly Asn1Tag Permitted = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Excluded = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag IpAddress = new(TagClass.ContextSpecific, 7);

    /// <summary>
    /// A house: what never leaves it. A bare machine name may be a top-level domain as well ("camera", "dev"), so nothing below it is ours.
    /// </summary>
    public static NameConstraints ForHouse(string? machineName) => new(
        ["local", "localhost", "home.arpa", "internal", .. machineName is null ? Array.Empty<string>() : [machineName]],
        // With a dot in front it is what lies below the name, not the name; the RFC leaves that open, and every verifier reads it so.
        machineName is null ? [] : [$".{machineName}"],
        [
            IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("169.254.0.0/16"),
            // RFC 6598: what overlay networks give to phones away from home.
            IPNetwork.Parse("100.64.0.0/10"),
            IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("::1/128"),
        ]);

    public bool Permit(string name) =>
        Names.Any(n => name.Equals(n, StringComparison.OrdinalIgnoreCase) || name.EndsWith($".{n}", StringComparison.OrdinalIgnoreCase))
        && !ExcludedNames.Any(n => name.EndsWith(n, StringComparison.OrdinalIgnoreCase));

    public bool Permit(IPAddress address) => Networks.Any(network => network.Contains(address));

    /// <summary>Critical: who does not understand it must not trust the authority at all.</summary>
    public X509Extension ToExtension()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Permitted))
            {
                foreach (var name in Names)
                {
                    WriteName(writer, name);
                }

                foreach (var network in Networks)
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteOctetString([.. network.BaseAddress.GetAddressBytes(), .. Mask(network)], IpAddress);
                    }
                }
            }

            if (ExcludedNames.Count > 0)
            {
                using (writer.PushSequence(Excluded))
                {
                    foreach (var name in ExcludedNames)
                    {
                        WriteName(writer, name);
                    }
                }
            }
        }

        return new X509Extension(Oid, writer.Encode(), critical: true);
    }

    /// <exception cref="AsnContentException">Not written by us.</exception>
    public static NameConstraints Read(ReadOnlyMemory<byte> extension)
    {
        List<string> names = [], excluded = [];
        List<IPNetwork> networks = [];
        var body = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (body.HasData)
        {
            var isPermitted = body.PeekTag().HasSameClassAndValue(Permitted);
            var subtrees = body.ReadSequence(isPermitted ? Permitted : Excluded);
            while (subtrees.HasData)
            {
                var subtree = subtrees.ReadSequence();
                if (subtree.PeekTag().HasSameClassAndValue(DnsName))
                {
                    (isPermitted ? names : excluded).Add(subtree.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
                }
                else if (isPermitted)
                {
                    var bytes = subtree.ReadOctetString(IpAddress).AsSpan();
                    var half = bytes.Length / 2;
                    var length = 0;
                    foreach (var part in bytes[half..])
                    {
                        length += System.Numerics.BitOperations.PopCount(part);
                    }

                    networks.Add(new IPNetwork(new IPAddress(bytes[..half]), length));
                }
            }
        }

        return new NameConstraints(names, excluded, networks);
    }

    private static void WriteName(AsnWriter writer, string name)
    {
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, name, DnsName);
        }
    }

    private static byte[] Mask(IPNetwork network)
    {
        var mask = new byte[network.BaseAddress.GetAddressBytes().Length];
        for (var bit = 0; bit < network.PrefixLength; bit++)
        {
            mask[bit / 8] |= (byte)(0x80 >> (bit % 8));
        }

        return mask;
    }
}
