using System.Globalization;
using System.Runtime.InteropServices;
using Vigil.Bench;
using Vigil.Bench.Harness;

if (args is ["--role", var role, .. var rest])
{
    return await Roles.All[role](rest);
}

var names = args.Where(a => !a.StartsWith('-')).ToHashSet();
var unknown = names.Except(Figures.All.Select(f => f.Name)).ToList();
if (unknown.Count > 0 || args.Contains("--help"))
{
    Console.Error.WriteLine("usage: ./vigil bench [--quick] [--minutes=60] [NAME…]");
    foreach (var figure in Figures.All)
    {
        Console.Error.WriteLine($"  {figure.Name,-12} {figure.Title}");
    }

    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupted.Cancel();
};
var cache = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "material")).FullName;
var scratch = Directory.CreateTempSubdirectory("vigil-bench-").FullName;
try
{
    var run = new BenchRun
    {
        Cache = cache,
        Scratch = scratch,
        SampleLength = TimeSpan.FromSeconds(args.Contains("--quick") ? 4 : 10),
        Endurance = args.FirstOrDefault(a => a.StartsWith("--minutes=", StringComparison.Ordinal)) is { } minutes
            ? TimeSpan.FromMinutes(double.Parse(minutes["--minutes=".Length..], CultureInfo.InvariantCulture))
            : args.Contains("--quick") ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1),
        Cancel = interrupted.Token,
    };
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{run.Time.GetUtcNow():yyyy-MM-dd}, {Environment.ProcessorCount} cores, {Machine.Processor()}, .NET {Environment.Version}, {RuntimeInformation.OSDescription}"));
    foreach (var figure in Figures.All.Where(f => names.Count == 0 || names.Contains(f.Name)))
    {
        Console.WriteLine();
        Console.WriteLine($"### {figure.Title} (`./vigil bench {figure.Name}`)");
        Console.WriteLine();
        Console.Write(await figure.Measure(run));
    }

    return 0;
}
finally
{
    Directory.Delete(scratch, recursive: true);
}
