using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Vigil.Server.Hosting;

/// <summary>The log as the owner of the house reads it: one line of time, level where it matters, and the sentence. No scopes, no class names.</summary>
internal sealed class PlainConsole(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "plain";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (string.IsNullOrEmpty(message) && logEntry.Exception is null)
        {
            return;
        }

        var level = logEntry.LogLevel switch
        {
            LogLevel.Trace => "trace: ",
            LogLevel.Debug => "debug: ",
            LogLevel.Warning => "warning: ",
            LogLevel.Error => "error: ",
            LogLevel.Critical => "CRITICAL: ",
            _ => "",
        };
        textWriter.Write(time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture));
        textWriter.Write(level);
        WriteLine(textWriter, logEntry.Exception is null ? message : $"{message} {logEntry.Exception}");
    }

    /// <summary>Names come from cameras and strangers: nothing in them begins a line or moves the cursor.</summary>
    private static void WriteLine(TextWriter to, string text)
    {
        var blank = false;
        foreach (var c in text)
        {
            if (!char.IsControl(c) && c is not ('\u2028' or '\u2029'))
            {
                to.Write(c);
                blank = c == ' ';
            }
            else if (!blank)
            {
                to.Write(' ');
                blank = true;
            }
        }

        to.Write(Environment.NewLine);
    }
}
