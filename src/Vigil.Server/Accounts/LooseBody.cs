using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Vigil.Server.Accounts;

/// <summary>
/// Reads a JSON object the way the documented FastAPI servers did: every fault of every field in one 422 answer, `{"detail":[{loc,msg,type}…]}`.
/// </summary>
internal sealed class LooseBody
{
    private const int MostBytes = 64 * 1024;
    private readonly JsonObject _body;
    private readonly JsonArray _faults = [];

    private LooseBody(JsonObject body) => _body = body;

    public bool HasFaults => _faults.Count > 0;

    /// <param name="request">Of the caller.</param>
    /// <param name="mayBeEmpty">No body at all is then an object without fields.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static async Task<LooseBody> ReadJsonAsync(HttpRequest request, CancellationToken cancel, bool mayBeEmpty = false)
    {
        try
        {
            using var limited = new MemoryStream();
            var buffer = new byte[8192];
            int read;
            while ((read = await request.Body.ReadAsync(buffer, cancel)) > 0 && limited.Length <= MostBytes)
            {
                limited.Write(buffer, 0, read);
            }

            limited.Position = 0;
            if (mayBeEmpty && limited.Length == 0)
            {
                return new LooseBody([]);
            }

            if (limited.Length <= MostBytes && JsonNode.Parse(limited, documentOptions: new JsonDocumentOptions { MaxDepth = 8 }) is JsonObject body)
            {
                // The tree is lazy; a key given twice throws here rather than later.
                _ = body.Count;
                return new LooseBody(body);
            }
        }
        catch (JsonException)
        {
            // Said below.
        }
        catch (ArgumentException)
        {
            // The same key twice.
        }
        catch (InvalidOperationException)
        {
            // A key that is no text: half of a surrogate pair.
        }

        return Broken();
    }

    public static async Task<LooseBody> ReadFormAsync(HttpRequest request, CancellationToken cancel)
    {
        var body = new JsonObject();
        if (request.HasFormContentType)
        {
            try
            {
                foreach (var (name, value) in await request.ReadFormAsync(cancel))
                {
                    body[name] = value.ToString();
                }
            }
            catch (InvalidDataException)
            {
                // Not a form, or one of too many or too large fields.
                return Broken();
            }
        }

        return new LooseBody(body);
    }

    public string Required(string name, int longest = 1024)
    {
        if (!_body.TryGetPropertyValue(name, out var node))
        {
            Fault(name, "Field required", "missing");
            return "";
        }

        if (Text(node) is not { } text)
        {
            Fault(name, "Input should be a valid string", "string_type");
            return "";
        }

        if (text.Length > longest)
        {
            Fault(name, $"String should have at most {longest} characters", "string_too_long");
        }

        return text;
    }

    public string? Optional(string name, int longest = 1024) =>
        _body.TryGetPropertyValue(name, out var node) && node is not null ? Required(name, longest) : null;

    /// <summary>Was the field given at all, even as null?</summary>
    public bool Has(string name) => _body.ContainsKey(name);

    public bool? Flag(string name)
    {
        if (!_body.TryGetPropertyValue(name, out var node) || node is null)
        {
            return null;
        }

        if (node is JsonValue value && value.TryGetValue<bool>(out var flag))
        {
            return flag;
        }

        Fault(name, "Input should be a valid boolean", "bool_type");
        return null;
    }

    /// <summary>A whole number, also one that came as text, as forms send them.</summary>
    public int? Number(string name, int least, int most)
    {
        if (!_body.TryGetPropertyValue(name, out var node) || node is null || (Text(node) is { } empty && empty.Length == 0))
        {
            return null;
        }

        if (node is not JsonValue value
            || !((value.TryGetValue<double>(out var number) && number == Math.Floor(number))
                || (Text(node) is { } text && double.TryParse(text, System.Globalization.NumberStyles.Integer, System.Globalization.CultureInfo.InvariantCulture, out number))))
        {
            Fault(name, "Input should be a valid integer", "int_type");
            return null;
        }

        if (number < least || number > most)
        {
            Fault(name, $"Input should be between {least} and {most}", "out_of_range");
            return null;
        }

        return (int)number;
    }

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string>? Texts(string name, int most = 64)
    {
        if (!_body.TryGetPropertyValue(name, out var node) || node is null)
        {
            return null;
        }

        if (node is JsonArray list && list.Count <= most && list.All(item => Text(item) is not null))
        {
            return [.. list.Select(item => Text(item)!)];
        }

        Fault(name, "Input should be a valid list of strings", "list_type");
        return null;
    }

    /// <summary>One of some words, in any case; <paramref name="name"/> may be missing or null.</summary>
    public string? Word(string name, params ReadOnlySpan<string> words)
    {
        if (Optional(name, 64)?.Trim().ToLowerInvariant() is not { Length: > 0 } text)
        {
            return null;
        }

        if (words.Contains(text))
        {
            return text;
        }

        Fault(name, $"Input should be one of: {string.Join(", ", words.ToArray())}", "literal_error");
        return null;
    }

    public string Email(string name)
    {
        var text = Required(name, 320);
        if (text.Length > 0 || _body.ContainsKey(name))
        {
            CheckEmail(name, text);
        }

        return text.Trim();
    }

    public string? OptionalEmail(string name)
    {
        var text = Optional(name, 320);
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        CheckEmail(name, text);
        return text.Trim();
    }

    public void Fault(string name, string message, string type)
    {
        if (!_faults.Any(fault => fault!["loc"]!.AsArray() is { Count: 2 } place && (string?)place[1] == name))
        {
            _faults.Add(new JsonObject { ["loc"] = new JsonArray("body", name), ["msg"] = message, ["type"] = type });
        }
    }

    public JsonHttpResult<JsonObject> Unprocessable() =>
        TypedResults.Json(new JsonObject { ["detail"] = _faults.DeepClone() }, statusCode: StatusCodes.Status422UnprocessableEntity);

    private static LooseBody Broken()
    {
        var broken = new LooseBody([]);
        broken.Fault("Input should be a valid dictionary or object to extract fields from", "model_attributes_type");
        return broken;
    }

    private static string? Text(JsonNode? node)
    {
        try
        {
            // No account has a NUL in it; the database could not even be asked.
            return node is JsonValue value && value.TryGetValue<string>(out var text) && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return null;
        }
    }

    private void Fault(string message, string type) => _faults.Add(new JsonObject { ["loc"] = new JsonArray("body"), ["msg"] = message, ["type"] = type });

    private void CheckEmail(string name, string text)
    {
        var trimmed = text.Trim();
        var at = trimmed.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || at != trimmed.LastIndexOf('@') || at > trimmed.Length - 2 || trimmed.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter)))
        {
            Fault(name, "value is not a valid email address: An email address must have an @-sign.", "value_error");
        }
    }
}
