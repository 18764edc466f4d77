using System.Globalization;
using Vigil.Fuzz;

// ./vigil fuzz TARGET|all SECONDS [SEED]: random changes to well-formed inputs. A parser must answer, in time, and keep its promises.
var targets = Targets.All();
var seconds = 0.0;
if (args.Length is < 2 or > 3 || !double.TryParse(args[1], CultureInfo.InvariantCulture, out seconds) || (args[0] != "all" && targets.All(t => t.Name != args[0])))
{
    Console.Error.WriteLine("usage: vigil fuzz TARGET|all SECONDS [SEED]\ntargets: " + string.Join(' ', targets.Select(t => t.Name)));
    return 2;
}

var seed = args.Length == 3 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Random.Shared.Next();
var time = TimeProvider.System;
var failed = 0;
foreach (var target in targets.Where(t => args[0] == "all" || t.Name == args[0]))
{
    var mutator = new Mutator(seed);
    var began = time.GetTimestamp();
    var limit = TimeSpan.FromSeconds(seconds / (args[0] == "all" ? targets.Count : 1));
    var runs = 0L;
    Failure? failure = null;
    using var watch = new HangWatch(time, target.Name, seed);
    while (failure is null && (runs < target.Seeds.Count || time.GetElapsedTime(began) < limit))
    {
        // The seeds themselves first: they must pass as they are.
        var input = runs < target.Seeds.Count ? target.Seeds[(int)runs] : mutator.Next(target.Seeds);
        watch.Begin(input);
        failure = Failure.Of(target, input);
        runs++;
    }

    watch.Begin([]);
    if (failure is null)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name,-16} {runs,10} inputs, nothing found (seed {seed})"));
        continue;
    }

    failed++;
    var small = failure.Shrink(target);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name,-16} FAILED at input {runs} (seed {seed})"));
    Console.WriteLine($"  {small.Error.GetType().Name}: {small.Error.Message}\n{small.Error.StackTrace}\n  input: {Convert.ToHexString(small.Input)}");
}

return failed == 0 ? 0 : 1;
