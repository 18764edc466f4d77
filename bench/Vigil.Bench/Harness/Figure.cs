namespace Vigil.Bench.Harness;

/// <summary>One question that is answered with a table. Add yours to <see cref="Figures.All"/>.</summary>
public abstract class Figure
{
    /// <summary>The word on the command line: './vigil bench ingest'.</summary>
    public abstract string Name { get; }

    /// <summary>What is measured, in one line above the table.</summary>
    public abstract string Title { get; }

    public abstract Task<Table> Measure(BenchRun run);
}

/// <summary>What every figure may use: how long to measure, where to put files, the machine's ffmpeg.</summary>
public sealed record BenchRun
{
    /// <summary>Length of one sample. A figure takes <see cref="Samples"/> of them and reports the median.</summary>
    public TimeSpan SampleLength { get; init; } = TimeSpan.FromSeconds(10);

    public int Samples { get; init; } = 3;

    /// <summary>How long a figure of endurance records; <c>--minutes=5</c>.</summary>
    public TimeSpan Endurance { get; init; } = TimeSpan.FromHours(1);

    public bool IsQuick => SampleLength < TimeSpan.FromSeconds(10);

    /// <summary>Kept between runs: encoded test material.</summary>
    public required string Cache { get; init; }

    /// <summary>Empty at the start, removed at the end.</summary>
    public required string Scratch { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public CancellationToken Cancel { get; init; }

    /// <summary>Progress, beside the report.</summary>
    public Action<string> Say { get; init; } = progress => Console.Error.WriteLine($"  {progress}");
}
