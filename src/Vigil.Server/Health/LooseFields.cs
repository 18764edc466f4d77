using System.Globalization;
using System.Text.Json.Nodes;

namespace Vigil.Server.Health;

/// <summary>
/// Reads query values and form fields as the documented FastAPI server did: every fault in one 422 answer, `{"detail":[{loc,msg,type}…]}`.
/// </summary>
internal sealed class LooseFields(string place, Func<string, string?> read)
{
    private readonly JsonArray faults = [];

    public static LooseFields OfQuery(HttpRequest request) => new("query", name => request.Query[name] is { Count: > 0 } values ? values[^1] : null);

    public bool HasFaults => faults.Count > 0;

    public int Number(string name, int usual, int least, int most)
    {
        if (read(name) is not { } text)
        {
            return usual;
        }

        if (!long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            Fault(name, "Input should be a valid integer, unable to parse string as an integer", "int_parsing");
        }
        else if (number < least)
        {
            Fault(name, $"Input should be greater than or equal to {least}", "greater_than_equal");
        }
        else if (number > most)
        {
            Fault(name, $"Input should be less than or equal to {most}", "less_than_equal");
        }
        else
        {
            return (int)number;
        }

        return usual;
    }

    public bool? Flag(string name)
    {
        switch (read(name)?.Trim().ToLowerInvariant())
        {
            case null:
                return null;
            case "true" or "1" or "yes" or "on" or "t" or "y":
                return true;
            case "false" or "0" or "no" or "off" or "f" or "n":
                return false;
            default:
                Fault(name, "Input should be a valid boolean, unable to interpret input", "bool_parsing");
                return null;
        }
    }

    /// <summary>A required number. What JSON has no word for ("nan") is a number too, and out of every range.</summary>
    public double Float(string name)
    {
        if (read(name) is not { } text)
        {
            Fault(name, "Field required", "missing");
            return 0;
        }

        if (text.Trim().TrimStart('+', '-').Equals("inf", StringComparison.OrdinalIgnoreCase))
        {
            return double.PositiveInfinity;
        }

        if (double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Fault(name, "Input should be a valid number, unable to parse string as a number", "float_parsing");
        return 0;
    }

    /// <summary>ISO 8601, a day or an instant; without a zone it is UTC.</summary>
    public DateTimeOffset? Instant(string name)
    {
        if (read(name)?.Trim() is not { } text)
        {
            return null;
        }

        // A plus that was not escaped arrives as a space.
        if (text.Length > 6 && text[^6] == ' ' && text[^3] == ':' && text.Contains('T', StringComparison.Ordinal))
        {
            text = text[..^6] + "+" + text[^5..];
        }

        if (text.Length >= 10 && char.IsAsciiDigit(text[0]) && text[4] == '-'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            && instant.Year is >= 2000 and <= 2199)
        {
            return instant;
        }

        Fault(name, "Input should be a valid datetime or date, invalid character in year", "datetime_from_date_parsing");
        return null;
    }

    public void Fault(string name, string message, string type) =>
        faults.Add(new JsonObject { ["type"] = type, ["loc"] = new JsonArray(place, name), ["msg"] = message, ["input"] = read(name) });

    public IResult Unprocessable() => Results.Json(new JsonObject { ["detail"] = faults.DeepClone() }, statusCode: StatusCodes.Status422UnprocessableEntity);
}
