using System.Globalization;
using System.Text;

namespace Vigil.Bench.Harness;

/// <summary>A table for people: the first column is text, the rest are aligned right. Prints as Markdown.</summary>
public sealed class Table(params string[] columns)
{
    private readonly List<string[]> rows = [];

    public List<string> Notes { get; } = [];

    public Table Row(params string[] cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        if (cells.Length != columns.Length)
        {
            throw new ArgumentException($"{columns.Length} cells are wanted, {cells.Length} given: {string.Join(" | ", cells)}", nameof(cells));
        }

        rows.Add(cells);
        return this;
    }

    /// <summary>A number with a sensible count of digits for its size.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("N1", CultureInfo.InvariantCulture),
        _ => value.ToString("N2", CultureInfo.InvariantCulture),
    };

    /// <summary>How a value compares with its peer: '0.63 ×'.</summary>
    public static string Ratio(double value, double peer) => peer == 0 ? "–" : $"{Number(value / peer)} ×";

    public override string ToString()
    {
        var widths = columns.Select((column, i) => Math.Max(column.Length, rows.Select(row => row[i].Length).DefaultIfEmpty(3).Max())).ToArray();
        var text = new StringBuilder();
        Line(columns);
        text.Append('|').AppendJoin('|', widths.Select((w, i) => i == 0 ? new string('-', w + 2) : new string('-', w + 1) + ":")).AppendLine("|");
        rows.ForEach(Line);
        foreach (var note in Notes)
        {
            text.AppendLine().AppendLine(note);
        }

        return text.ToString();

        void Line(string[] cells) => text.Append("| ")
            .AppendJoin(" | ", cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i])))
            .AppendLine(" |");
    }
}
