using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Accounts;

/// <summary>`./vigil reset-password EMAIL`: for whoever sits at the machine. Prints a new password and signs the account out everywhere.</summary>
internal static class ResetPassword
{
    public static async Task RunAsync(string login, WebApplication app, CancellationToken cancel)
    {
        await using var database = await OfflineDatabase.OpenAsync(app.Services, cancel);
        await new Migrator(NullLogger<Migrator>.Instance).RunAsync(database.Source, cancel);
        var accounts = app.Services.GetRequiredService<AccountDirectory>();
        var account = await accounts.FindByLoginAsync(login, cancel) ?? throw new RefusedException($"There is no account {login}.");
        // Four groups of four from an alphabet without look-alikes: about 78 bits.
        var password = string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 4)));
        await accounts.SetPasswordAsync(account.Id, password, cancel);
        await app.Services.GetRequiredService<LoginSessions>().CloseAllAsync(account.Id, except: null, "passwordChanged", cancel);
        Console.WriteLine($"New password for {account.Email ?? account.Username}: {password}");
        Console.WriteLine("It is signed out everywhere. Change the password after signing in.");
    }
}
