using System.Data;
using Dapper;

namespace Vigil.Server.Database;

/// <summary>The traps of our micro-mapper, closed in one place. A test round-trips every row type.</summary>
internal static class DapperSetup
{
    private static readonly Lock Once = new();
    private static bool s_configured;

    public static void Configure()
    {
        lock (Once)
        {
            if (s_configured)
            {
                return;
            }

            // Without it snake_case columns silently leave init properties at their defaults.
            DefaultTypeMap.MatchNamesWithUnderscores = true;
            // Npgsql refuses a DateTimeOffset whose offset is not zero; Dapper's own map would pass it through.
            SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
            SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
            SqlMapper.AddTypeHandler(new UtcInstant());
            SqlMapper.AddTypeHandler(new TimeOfDay());
            SqlMapper.AddTypeHandler(new CalendarDay());
            s_configured = true;
        }
    }

    private sealed class UtcInstant : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.ToUniversalTime();

        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTimeOffset instant => instant.ToUniversalTime(),
            DateTime utc => new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)),
            _ => throw new InvalidCastException($"A {value.GetType().Name} is not an instant; the column must be timestamptz."),
        };
    }

    private sealed class TimeOfDay : SqlMapper.TypeHandler<TimeOnly>
    {
        public override void SetValue(IDbDataParameter parameter, TimeOnly value) => parameter.Value = value;

        public override TimeOnly Parse(object value) => value is TimeSpan span ? TimeOnly.FromTimeSpan(span) : (TimeOnly)value;
    }

    private sealed class CalendarDay : SqlMapper.TypeHandler<DateOnly>
    {
        public override void SetValue(IDbDataParameter parameter, DateOnly value) => parameter.Value = value;

        public override DateOnly Parse(object value) => value is DateTime day ? DateOnly.FromDateTime(day) : (DateOnly)value;
    }
}
