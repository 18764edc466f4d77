using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Vigil.Server.Hosting;

/// <summary>From start to stop of the serving process. What a person can mend is said in one sentence, without a stack trace.</summary>
internal static class Serving
{
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();
            return await RunAsync(app);
        }
        catch (Exception failure) when (Explain(failure) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            // A network card may get its address only after us, when the power comes back.
            return failure is IOException or SocketException { SocketErrorCode: SocketError.AddressNotAvailable } ? ExitCode.TryAgain : ExitCode.Refused;
        }
    }

    private static async Task<int> RunAsync(WebApplication app)
    {
        var exitCode = app.Services.GetRequiredService<ExitCode>();
        if (!HostBuilding.IsOnlyDescribed)
        {
            var paths = app.Services.GetRequiredService<VigilPaths>();
            try
            {
                paths.Create();
            }
            catch (IOException failure)
            {
                // A disk may be connected only after us, when the power comes back.
                await Console.Error.WriteLineAsync($"Vigil cannot keep its data in {paths.Data} ({failure.Message}): choose another directory with --data.");
                return ExitCode.TryAgain;
            }
        }

        try
        {
            await app.StartAsync();
        }
        catch (Exception failure)
        {
            var toldToStop = app.Lifetime.ApplicationStopping.IsCancellationRequested;
            // What had started already is stopped in order; else the database would outlive us.
            await app.StopAsync();
            if (toldToStop && failure is OperationCanceledException)
            {
                return exitCode.Value;
            }

            throw;
        }

        await app.WaitForShutdownAsync();
        return exitCode.Value;
    }

    private static string? Explain(Exception failure) => failure switch
    {
        RefusedException => failure.Message,
        IOException { InnerException: AddressInUseException } =>
            $"{failure.Message} Stop the program that listens there, or choose another address with --urls.",
        SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } =>
            $"Vigil may not listen where it was told to ({failure.Message}): choose another address with --urls.",
        UnauthorizedAccessException => $"{failure.Message} Choose a directory of your own with --data.",
        _ => null,
    };
}
