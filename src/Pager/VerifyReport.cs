namespace Quire;

/// <summary>What a verification found.</summary>
/// <param name="TransactionNumber">The transaction that was verified.</param>
/// <param name="PagesChecked">How many pages were read and checked.</param>
/// <param name="PagesFree">
/// How many pages are free; their bytes mean nothing and are not read.
/// </param>
/// <param name="Problems">What is wrong, in the order of places; empty for a sound file.</param>
public sealed record VerifyReport(
    TransactionNumber TransactionNumber,
    uint PagesChecked,
    uint PagesFree,
    IReadOnlyList<VerifyProblem> Problems)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Problems.Count == 0;
}

/// <summary>One thing that is wrong with a file.</summary>
/// <param name="Offset">Where in the main file, in bytes.</param>
/// <param name="Page">The page concerned.</param>
/// <param name="Text">What was expected and what was found.</param>
public sealed record VerifyProblem(long Offset, PageNumber Page, string Text);
