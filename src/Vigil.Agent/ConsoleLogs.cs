using Microsoft.Extensions.Logging;

namespace Vigil.Agent;

/// <summary>Lines on standard error, which systemd keeps.</summary>
internal sealed class ConsoleLogs : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Line();

    public void AddProvider(ILoggerProvider provider)
    {
        // There is one.
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Line : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Console.Error.WriteLine($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})")}");
            }
        }
    }
}
