using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Vigil.Server.Accounts;

namespace Vigil.Server.Tests.Cctv;

/// <summary>`/v0/api/users/…`: people, the ladder of roles, sessions.</summary>
public sealed class CctvUsersTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private TestHousehold _home = null!;
    private CctvCaller _root = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        _home = await TestHousehold.CreateAsync(_server, "root"); // The first account is superadmin.
        _root = await CctvCaller.SignInAsync(_server, "root@example.org");
    }

    public async ValueTask DisposeAsync()
    {
        _root.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task The_profile_is_read_and_written()
    {
        var before = (await _root.GetAsync("/users/profile/")).ShouldBeOk();
        before["first_name"].ShouldBe("root");
        before["role"].ShouldBe("superadmin");

        var after = (await _root.PutAsync("/users/profile/", new { first_name = "Ana Maria", last_name = "Kovač", phone_number = "+385 1", bio = "Two cats" })).ShouldBeOk();

        after["first_name"].ShouldBe("Ana Maria");
        after["last_name"].ShouldBe("Kovač");
        after["phone_number"].ShouldBe("+385 1");
        after["bio"].ShouldBe("Two cats");
        (await _root.GetAsync("/users/profile")).Text.ShouldBe(after.Text);
        (await _root.PutAsync("/users/profile/", new { first_name = "Ana" }))["last_name"].ShouldBe("Kovač", "what is missing stays");
    }

    [Fact]
    public async Task An_account_made_here_joins_the_makers_household_as_its_role_says()
    {
        var visitor = await MakeAsync(_root, "sitter", "visitor");
        visitor["username"].ShouldBe("sitter");
        var dev = await MakeAsync(_root, "uncle", "dev");

        var members = await _server.Services.GetRequiredService<HouseholdMembers>().ListAsync(_home.Id, CctvCaller.Patience());
        members.Single(member => member.Username == "sitter").Place.ShouldBe(Place.Guest);
        members.Single(member => member.Username == "uncle").Place.ShouldBe(Place.Parent);
        using var uncle = await CctvCaller.SignInAsync(_server, "uncle@example.org", "their password");
        (await uncle.GetAsync($"/users/users/{dev["id"]}/")).ShouldBeOk()["role"].ShouldBe("dev");
    }

    [Fact]
    public async Task A_role_may_only_make_the_roles_below_it()
    {
        await MakeAsync(_root, "chief", "admin");
        var admin = await OwnerAsync("office", ServerRole.Admin);
        var dev = await OwnerAsync("family", ServerRole.Dev);

        await MakeAsync(admin, "a1", "dev");
        await MakeAsync(admin, "a2", "visitor");
        (await TryMakeAsync(admin, "a3", "admin")).ShouldBe(HttpStatusCode.Forbidden);
        (await TryMakeAsync(admin, "a4", "superadmin")).ShouldBe(HttpStatusCode.Forbidden);
        await MakeAsync(dev, "d1", "visitor");
        (await TryMakeAsync(dev, "d2", "dev")).ShouldBe(HttpStatusCode.Forbidden);
        using var visitor = await CctvCaller.SignInAsync(_server, "d1@example.org", "their password");
        (await TryMakeAsync(visitor, "v1", "visitor")).ShouldBe(HttpStatusCode.Forbidden);
        (await TryMakeAsync(_root, "x", "emperor")).ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task An_administrator_who_is_a_guest_in_a_household_brings_nobody_into_it()
    {
        var family = await TestHousehold.CreateAsync(_server, "family");
        await family.AddAsync("installer", Place.Guest);
        await SetRoleAsync("installer", ServerRole.Admin);
        using var installer = await CctvCaller.SignInAsync(_server, "installer@example.org");

        (await TryMakeAsync(installer, "stranger", "dev")).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Wrong_forms_are_refused_field_by_field_and_names_are_taken_once()
    {
        (await _root.PostAsync("/users/users/", new { email = "no", password = "short" })).ShouldBe(HttpStatusCode.UnprocessableEntity)
            .Json.GetProperty("detail").EnumerateArray().Select(fault => fault.GetProperty("loc")[1].GetString()).ShouldBe(["email", "password_confirm", "password"], ignoreOrder: true);
        (await _root.PostAsync("/users/users/", new { email = "x@example.org", password = "their password", password_confirm = "another one" })).ShouldBe(HttpStatusCode.BadRequest);
        (await TryMakeAsync(_root, "root", "visitor")).ShouldBe(HttpStatusCode.BadRequest)["detail"].ShouldBe("Email already exists");
    }

    [Fact]
    public async Task The_list_has_ten_a_page_and_shows_a_family_only_its_own()
    {
        for (var i = 0; i < 11; i++)
        {
            await _home.AddAsync($"m{i}", Place.Parent);
        }

        var family = await OwnerAsync("family", ServerRole.Dev);

        var first = (await _root.GetAsync("/users/users/")).ShouldBeOk().Json;
        first.GetProperty("items").GetArrayLength().ShouldBe(10);
        first.GetProperty("count").GetInt32().ShouldBe(13);
        (await _root.GetAsync("/users/users/?page=2")).Json.GetProperty("items").GetArrayLength().ShouldBe(3);
        (await _root.GetAsync("/users/users/?role=superadmin")).Json.GetProperty("count").GetInt32().ShouldBe(1);
        (await family.GetAsync("/users/users/")).Json.GetProperty("items").EnumerateArray().Select(user => user.GetProperty("username").GetString()).ShouldBe(["family"]);
    }

    [Fact]
    public async Task Neighbours_do_not_exist_for_each_other_and_parents_are_seen_but_not_changed()
    {
        var family = await OwnerAsync("family", ServerRole.Dev);
        await _home.AddAsync("partner", Place.Parent);
        using var partner = await CctvCaller.SignInAsync(_server, "partner@example.org");
        var root = _root.SignedIn.GetProperty("user").GetProperty("id").GetString();

        foreach (var (method, path) in new[] { ("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "activate/"), ("POST", "change-role/") })
        {
            (await family.SendAsync(new HttpMethod(method), $"/users/users/{root}/{path}", new { role = "visitor" })).ShouldBe(HttpStatusCode.NotFound);
            (await partner.SendAsync(new HttpMethod(method), $"/users/users/{root}/{path}", new { role = "visitor" }))
                .ShouldBe(method == "GET" ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public async Task The_owner_of_one_household_does_not_switch_off_or_rename_somebody_whom_another_has_too()
    {
        var family = await OwnerAsync("family", ServerRole.Dev);
        var guest = await MakeAsync(family, "sitter", "visitor");
        (await family.PutAsync($"/users/users/{guest["id"]}/", new { first_name = "Sitter" })).ShouldBeOk();
        await using (var join = _server.Database.CreateCommand(
            "insert into membership (household_id, account_id, place) select $1, id, 'guest' from account where username = 'sitter'"))
        {
            join.Parameters.AddWithValue(_home.Id);
            await join.ExecuteNonQueryAsync(CctvCaller.Patience());
        }

        (await family.PutAsync($"/users/users/{guest["id"]}/", new { first_name = "Nobody" })).ShouldBe(HttpStatusCode.Forbidden);
        (await family.PutAsync($"/users/users/{guest["id"]}/", new { is_active = false })).ShouldBe(HttpStatusCode.Forbidden);
        (await family.PostAsync($"/users/users/{guest["id"]}/activate/")).ShouldBe(HttpStatusCode.Forbidden);
        (await _root.PostAsync($"/users/users/{guest["id"]}/activate/")).ShouldBeOk();
        (await family.DeleteAsync($"/users/users/{guest["id"]}/")).ShouldBeOk()["message"].ShouldBe("User removed from your household");
    }

    [Theory]
    [InlineData("POST")] // As documented.
    [InlineData("PUT")] // As the page does it.
    public async Task An_account_is_switched_off_and_on_and_given_another_role(string method)
    {
        var sitter = await MakeAsync(_root, "sitter", "visitor");
        using var theirs = await CctvCaller.SignInAsync(_server, "sitter@example.org", "their password");

        var off = (await _root.SendAsync(new HttpMethod(method), $"/users/users/{sitter["id"]}/activate/")).ShouldBeOk();
        off.Json.GetProperty("is_active").GetBoolean().ShouldBeFalse();
        (await theirs.GetAsync("/users/profile/")).ShouldBe(HttpStatusCode.Unauthorized);
        (await _root.SendAsync(new HttpMethod(method), $"/users/users/{sitter["id"]}/activate/")).Json.GetProperty("is_active").GetBoolean().ShouldBeTrue();
        (await _root.SendAsync(new HttpMethod(method), $"/users/users/{sitter["id"]}/change-role/", new { role = "dev" })).ShouldBeOk();
        (await _root.GetAsync($"/users/users/{sitter["id"]}/"))["role"].ShouldBe("dev");
    }

    [Fact]
    public async Task Nobody_switches_off_demotes_or_deletes_themselves()
    {
        var me = _root.SignedIn.GetProperty("user").GetProperty("id").GetString();

        (await _root.PostAsync($"/users/users/{me}/activate/")).ShouldBe(HttpStatusCode.BadRequest);
        (await _root.PostAsync($"/users/users/{me}/change-role/", new { role = "visitor" })).ShouldBe(HttpStatusCode.BadRequest);
        (await _root.DeleteAsync($"/users/users/{me}/")).ShouldBe(HttpStatusCode.BadRequest);
        (await _root.PutAsync($"/users/users/{me}/", new { is_active = false })).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Deleting_an_account_ends_it_unless_a_household_would_be_nobodys()
    {
        var sitter = await MakeAsync(_root, "sitter", "visitor");
        using var theirs = await CctvCaller.SignInAsync(_server, "sitter@example.org", "their password");
        var family = await OwnerAsync("family", ServerRole.Dev);

        (await _root.DeleteAsync($"/users/users/{sitter["id"]}/")).ShouldBeOk().Json.GetProperty("success").GetBoolean().ShouldBeTrue();
        (await theirs.GetAsync("/users/profile/")).ShouldBe(HttpStatusCode.Unauthorized);
        (await _root.GetAsync($"/users/users/{sitter["id"]}/")).ShouldBe(HttpStatusCode.NotFound)["detail"].ShouldBe("User not found");
        (await _root.DeleteAsync($"/users/users/{family.SignedIn.GetProperty("user").GetProperty("id").GetString()}/")).ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Sessions_and_sign_ins_are_ones_own_and_an_administrators()
    {
        await _home.AddAsync("partner", Place.Parent);
        using var partner = await CctvCaller.SignInAsync(_server, "partner@example.org");
        using var phone = await CctvCaller.SignInAsync(_server, "partner@example.org");
        var root = _root.SignedIn.GetProperty("user").GetProperty("id").GetString();
        var uid = partner.SignedIn.GetProperty("user").GetProperty("id").GetString();

        var mine = (await partner.GetAsync("/users/sessions/")).ShouldBeOk().Json;
        mine.GetProperty("items").EnumerateArray().Count(session => session.GetProperty("is_current").GetBoolean()).ShouldBe(1);
        (await partner.GetAsync($"/users/sessions/?user_id={root}")).ShouldBe(HttpStatusCode.Forbidden);
        (await partner.GetAsync("/users/activities/")).ShouldBeOk().Json.GetProperty("items")[0].GetProperty("activity_type").GetString().ShouldBe("login");
        (await _root.GetAsync($"/users/sessions/?user_id={uid}")).Json.GetProperty("count").GetInt32().ShouldBe(mine.GetProperty("count").GetInt32());

        (await partner.PostAsync("/users/sessions/revoke-all/")).ShouldBeOk();
        (await phone.GetAsync("/users/profile/")).ShouldBe(HttpStatusCode.Unauthorized);
        (await partner.PostAsync($"/users/sessions/revoke-all/?user_id={root}")).ShouldBe(HttpStatusCode.Forbidden);
        (await _root.PostAsync($"/users/sessions/revoke-all/?user_id={uid}")).ShouldBeOk();
        (await partner.GetAsync("/users/profile/")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static Task<Answer> TryMakeAsync(CctvCaller maker, string name, string role) => maker.PostAsync(
        "/users/users/", new { email = $"{name}@example.org", username = name, password = "their password", password_confirm = "their password", role });

    private static async Task<Answer> MakeAsync(CctvCaller maker, string name, string role) => (await TryMakeAsync(maker, name, role)).ShouldBeOk();

    private async Task<CctvCaller> OwnerAsync(string name, ServerRole role)
    {
        await TestHousehold.CreateAsync(_server, name, role: role);
        return await CctvCaller.SignInAsync(_server, $"{name}@example.org");
    }

    private async Task SetRoleAsync(string username, ServerRole role)
    {
        var accounts = _server.Services.GetRequiredService<AccountDirectory>();
        var account = await accounts.FindByLoginAsync(username, CctvCaller.Patience());
        await accounts.SetRoleAsync(account!.Id, role, isActive: true, CctvCaller.Patience());
    }
}
