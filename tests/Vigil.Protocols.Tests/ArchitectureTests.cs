using Vigil.Protocols.Codecs;

namespace Vigil.Protocols.Tests;

public sealed class ArchitectureTests
{
    /// <summary>The banned symbols see uses; a signature is seen only here.</summary>
    [Fact]
    public void Protocols_knows_no_sockets_files_pipes_or_processes()
    {
        string[] forbidden = ["System.Net.Sockets", "System.IO.Pipelines", "System.IO.FileSystem", "System.Diagnostics.Process", "System.Net.Http", "Microsoft."];
        typeof(TrackFormat).Assembly.GetReferencedAssemblies().Select(a => a.Name!)
            .ShouldAllBe(name => !forbidden.Any(f => name.StartsWith(f, StringComparison.Ordinal)));
    }
}
