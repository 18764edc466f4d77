using Vigil.Bench.Harness;

namespace Vigil.Bench.Ingest;

/// <summary>What it costs to take in many cameras while nobody watches.</summary>
internal sealed class IngestCost : Figure
{
    private const int Cameras = 20;

    public override string Name => "ingest";

    public override string Title => "Taking in 20 cameras of 1080p25 at 4 Mbit/s, nobody watching";

    public override Task<Table> Measure(BenchRun run) => Task.FromResult(new Table("what", "CPU % of one core"));
}
