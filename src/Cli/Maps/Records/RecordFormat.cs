namespace Quire.Cli.Maps.Records;

/// <summary>How records are written. Both formats give back every byte.</summary>
internal enum RecordFormat
{
    /// <summary>
    /// One JSON object per line: <c>{"map":"m","key":"k","value":"v"}</c>. What is not UTF-8 is
    /// <c>{"base64":"..."}</c> in place of the string. An object with a map only is an
    /// empty map.
    /// </summary>
    JsonLines,

    /// <summary>
    /// RFC 4180 with a header line, <c>map,key,value</c>. What is not UTF-8 is <c>base64:</c> and
    /// its base64; so is a text that begins like that itself. Empty maps leave no trace.
    /// </summary>
    Csv,
}
