using System.Reflection;
using System.Reflection.Emit;

namespace Vigil.Server.Tests.Architecture;

/// <summary>
/// Which feature may call which: the table of the house. Read from the built assembly (signatures and method bodies), because a search in
/// the text misses what a sibling namespace can name without a using.
/// </summary>
public sealed class FeatureMapTests
{
    private const string Root = "Vigil.Server.";
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Everyone may use Accounts, Hosting and Database; nobody depends on Health, Alerts or Watchdog.</summary>
    private static readonly Dictionary<string, string[]> Map = new()
    {
        ["Hosting"] = [],
        ["Database"] = [],
        ["Accounts"] = [],
        ["Family"] = [],
        ["Devices"] = [],
        ["Cameras"] = ["Devices"],
        ["Events"] = ["Cameras"],
        ["Live"] = ["Cameras", "Devices"],
        ["Recordings"] = ["Cameras", "Events"],
        ["Detection"] = ["Cameras", "Devices", "Events"],
        ["Health"] = ["Devices", "Detection", "Events"],
        ["Alerts"] = ["Events", "Family"],
        // Beside Events: it asks the registry which cameras there are, and their feeds how they are.
        ["Watchdog"] = ["Events", "Cameras"],
    };

    private static readonly string[] ForEveryone = ["Accounts", "Hosting", "Database"];

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    [Fact]
    public void Features_call_each_other_only_along_the_arrows_of_the_map()
    {
        var wrong = Arrows()
            .Where(a => a.From != a.To && !ForEveryone.Contains(a.To) && !(Map.TryGetValue(a.From, out var allowed) && allowed.Contains(a.To)))
            .Select(a => $"{a.From} -> {a.To} ({a.Where})")
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();

        wrong.ShouldBeEmpty("Either the call belongs elsewhere, or the map gets a line that a reviewer will see.");
    }

    [Fact]
    public void Every_folder_is_on_the_map() =>
        typeof(VigilServer).Assembly.GetTypes().Select(FeatureOf).OfType<string>().Distinct().Except(Map.Keys).ShouldBeEmpty();

    private static IEnumerable<(string From, string To, string Where)> Arrows() =>
        from type in typeof(VigilServer).Assembly.GetTypes()
        let feature = FeatureOf(type)
        where feature is not null
        from used in Uses(type)
        let other = FeatureOf(used)
        where other is not null
        select (feature, other, $"{Outermost(type).Name} uses {Outermost(used).Name}");

    private static IEnumerable<Type> Uses(Type type)
    {
        var members = type.GetMembers(Everything);
        IEnumerable<Type?> named =
        [
            type.BaseType,
            .. type.GetInterfaces(),
            .. members.OfType<FieldInfo>().Select(f => f.FieldType),
            .. members.OfType<MethodInfo>().Select(m => m.ReturnType),
            .. members.OfType<MethodBase>().SelectMany(m => m.GetParameters().Select(p => p.ParameterType)),
            .. members.OfType<MethodBase>().SelectMany(m => m.GetMethodBody()?.LocalVariables.Select(v => v.LocalType) ?? []),
            .. members.OfType<MethodBase>().SelectMany(InBody),
        ];
        return named.OfType<Type>().SelectMany(Unfold);
    }

    private static IEnumerable<Type?> InBody(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at < code.Length;)
        {
            var op = code[at] == 0xFE ? OpCodesByValue[(short)(0xFE00 | code[at + 1])] : OpCodesByValue[code[at]];
            at += op.Size;
            if (op.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                foreach (var type in Resolve(method, BitConverter.ToInt32(code, at)))
                {
                    yield return type;
                }
            }

            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type?> Resolve(MethodBase method, int token)
    {
        var member = method.Module.ResolveMember(
            token,
            method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null,
            method.IsGenericMethod ? method.GetGenericArguments() : null);
        return member is Type type ? [type]
            : member is MethodInfo { IsGenericMethod: true } generic ? [generic.DeclaringType, .. generic.GetGenericArguments()]
            : [member?.DeclaringType];
    }

    private static IEnumerable<Type> Unfold(Type type) =>
        type.HasElementType ? Unfold(type.GetElementType()!)
        : type.IsGenericType ? [type, .. type.GetGenericArguments().SelectMany(Unfold)]
        : [type];

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static string? FeatureOf(Type type) =>
        Outermost(type).Namespace is { } name && name.StartsWith(Root, StringComparison.Ordinal) ? name[Root.Length..].Split('.')[0] : null;
}
