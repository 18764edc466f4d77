namespace Vigil.Server.Database;

/// <summary>The answer needs the database, which is away just now. Requests answer 503.</summary>
public sealed class DatabaseAwayException() : Exception("The database is away; please try again in a moment.");
