namespace Vigil.Protocols.Codecs;

/// <summary>Why bytes are not a usable sequence parameter set.</summary>
public enum SpsParseError
{
    None,
    NotAnSps,
    CutShort,
    OutOfRange,
    TooLong,
}
