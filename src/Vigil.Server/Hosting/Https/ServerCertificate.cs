using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Options;

namespace Vigil.Server.Hosting.Https;

/// <summary>
/// The certificate that https answers with: from the local authority, made at the first start and renewed by itself, or from the files that the settings
/// name. Whatever goes wrong with it, http goes on.
/// </summary>
internal sealed partial class ServerCertificate(
    VigilPaths paths, IOptions<HttpsOptions> options, OwnNames own, IConfiguration configuration, Pulses pulses, TimeProvider time, ILogger<ServerCertificate> log)
    : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private volatile SslStreamCertificateContext? _current;
    private volatile LocalAuthority? _authority;
    private string? _lastFiles;
    private string? _lastProblem;

    /// <summary>For new connections; those that stand keep theirs. Null while there is none.</summary>
    public SslStreamCertificateContext? Current => _current;

    /// <summary>Null when the certificate comes from elsewhere.</summary>
    public LocalAuthority? Authority => _authority;

    /// <summary>How often the loop has looked.</summary>
    internal int Looks { get; private set; }

    // Under keys/, so that backups carry both: a restored server keeps the phones' trust.
    internal static string AuthorityFile(VigilPaths paths) => Path.Combine(paths.Keys, "https-authority.pem");

    internal static string LeafFile(VigilPaths paths) => Path.Combine(paths.Keys, "https-server.pem");

    /// <summary>Before the server listens, which it does last of all.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration[HttpsUrls.TakenSetting] is { } taken)
        {
            LogTaken(taken);
        }

        if (!HttpsUrls.AreWanted(configuration))
        {
            return Task.CompletedTask;
        }

        Look();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pulse = pulses.Register("https certificate", TimeSpan.FromMinutes(5));
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
                Looks++;
                pulse.Beat();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private void Look()
    {
        try
        {
            if (options.Value.Certificate is { Length: > 0 } file)
            {
                ReadFiles(file);
            }
            else
            {
                RenewWhenNeeded();
            }

            _lastProblem = null;
        }
        catch (Exception problem) when (problem is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException
            or System.Formats.Asn1.AsnContentException or System.Net.NetworkInformation.NetworkInformationException)
        {
            // Said once; looked at again every half minute.
            if (_lastProblem != problem.Message)
            {
                _lastProblem = problem.Message;
                LogProblem(problem.Message);
            }
        }
    }

    private void RenewWhenNeeded()
    {
        paths.Create();
        var authority = _authority ??= OpenAuthority();
        var leaf = _current?.TargetCertificate ?? OpenLeaf();
        var now = time.GetUtcNow();
        var names = own.Names();
        var addresses = own.Addresses();
        if (leaf is null || !Serves(leaf))
        {
            leaf = authority.Issue(names, addresses, now);
            PrivateFile.Write(LeafFile(paths), Encoding.ASCII.GetBytes(KeyPair.ToPem(leaf)));
            LogIssued(string.Join(", ", LeafNames.Of(leaf)), leaf.NotAfter.ToUniversalTime());
        }

        if (!ReferenceEquals(leaf, _current?.TargetCertificate))
        {
            _current = SslStreamCertificateContext.Create(leaf, [], offline: true);
        }

        // More than is needed does no harm: a card that comes and goes does not make a new certificate each time.
        bool Serves(X509Certificate2 certificate)
        {
            var has = LeafNames.Of(certificate);
            return now > certificate.NotBefore && now < certificate.NotAfter - RenewBefore
                && names.Where(authority.Constraints.Permit).All(has.Contains)
                && addresses.Where(authority.Constraints.Permit).All(address => has.Contains(address.ToString()))
                && (ReferenceEquals(certificate, _current?.TargetCertificate) || authority.HasIssued(certificate));
        }
    }

    private LocalAuthority OpenAuthority()
    {
        var file = AuthorityFile(paths);
        if (File.Exists(file))
        {
            return LocalAuthority.Parse(File.ReadAllText(file));
        }

        var authority = LocalAuthority.Create(OwnNames.MachineName);
        PrivateFile.Write(file, Encoding.ASCII.GetBytes(authority.ToPem()));
        LogCreated(authority.Fingerprint);
        return authority;
    }

    private X509Certificate2? OpenLeaf()
    {
        var file = LeafFile(paths);
        try
        {
            return File.Exists(file) ? X509Certificate2.CreateFromPemFile(file) : null;
        }
        catch (CryptographicException)
        {
            // A damaged one is as good as none.
            return null;
        }
    }

    private void ReadFiles(string file)
    {
        var content = ExternalCertificate.Read(file, options.Value.Key);
        if (content.Hash == _lastFiles)
        {
            return;
        }

        var (leaf, chain) = content.Open(options.Value.Password);
        _current = SslStreamCertificateContext.Create(leaf, chain, offline: true);
        _lastFiles = content.Hash;
        LogRead(file, leaf.NotAfter.ToUniversalTime());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The house's own certificate authority was made. SHA-256 {Fingerprint}.")]
    private partial void LogCreated(string fingerprint);

    [LoggerMessage(Level = LogLevel.Information, Message = "A certificate for https was made for {Names}; it ends {NotAfter:yyyy-MM-dd} and is renewed before.")]
    private partial void LogIssued(string names, DateTime notAfter);

    [LoggerMessage(Level = LogLevel.Information, Message = "The certificate for https was read from {File}; it ends {NotAfter:yyyy-MM-dd}.")]
    private partial void LogRead(string file, DateTime notAfter);

    [LoggerMessage(Level = LogLevel.Error, Message = "The certificate for https could not be made or read: {Reason} Vigil goes on with what it has.")]
    private partial void LogProblem(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No https: another program listens on {Address}. Choose another with --https-urls.")]
    private partial void LogTaken(string address);
}
