using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests;

/// <summary>A household with people who are signed in. Nothing hidden: it has what the test asked for.</summary>
public sealed class TestHousehold
{
    private readonly TestServer _server;

    private TestHousehold(TestServer server, long id, TestMember owner)
    {
        _server = server;
        Id = id;
        Owner = owner;
    }

    public long Id { get; }

    public TestMember Owner { get; }

    /// <summary>The owner's signed-in client (cookie and Origin as a browser on the server's own page sends them).</summary>
    public HttpClient Client => Owner.Client;

    public static async Task<TestHousehold> CreateAsync(TestServer server, string owner = "ana", string timeZone = "Europe/Zagreb", ServerRole role = ServerRole.Dev)
    {
        var made = await server.Services.GetRequiredService<AccountDirectory>().CreateAsync(
            new NewAccount
            {
                Email = $"{owner}@example.org",
                Username = owner,
                Name = owner,
                Password = TestMember.Password,
                HouseholdName = $"{owner}'s home",
                TimeZone = timeZone,
                Role = role,
            },
            CancellationToken.None);
        return new TestHousehold(server, made.HouseholdId, await TestMember.SignInAsync(server, made.Account!));
    }

    /// <summary>Another person of this household.</summary>
    public async Task<TestMember> AddAsync(string name, Place place)
    {
        var made = await _server.Services.GetRequiredService<AccountDirectory>().CreateAsync(
            new NewAccount
            {
                Email = $"{name}@example.org",
                Username = name,
                Name = name,
                Password = TestMember.Password,
                JoinHouseholdId = Id,
                Place = place,
            },
            CancellationToken.None);
        return await TestMember.SignInAsync(_server, made.Account!);
    }
}

/// <summary>One signed-in person.</summary>
public sealed class TestMember
{
    public const string Password = "correct horse battery";

    public required Account Account { get; init; }
    public required HttpClient Client { get; init; }

    /// <summary>The Cookie header a browser would send, for sockets.</summary>
    public required string CookieHeader { get; init; }

    public required long SessionId { get; init; }

    public static async Task<TestMember> SignInAsync(TestServer server, Account account)
    {
        var session = await server.Services.GetRequiredService<LoginSessions>().OpenAsync(account.Id, "test", "127.0.0.1", CancellationToken.None);
        var client = server.NewClient();
        client.DefaultRequestHeaders.Add("Cookie", $"vigil={session.Secret}");
        client.DefaultRequestHeaders.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        return new TestMember { Account = account, Client = client, CookieHeader = $"vigil={session.Secret}", SessionId = session.Id };
    }
}
