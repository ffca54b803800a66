namespace Quire;

/// <summary>What a part of a key is; in the order in which the kinds sort.</summary>
public enum StoreKeyPartKind
{
    /// <summary>Nothing: the default value, which no key accepts.</summary>
    None = 0,

    /// <summary>Bytes.</summary>
    Bytes = 1,

    /// <summary>Text.</summary>
    String = 2,

    /// <summary>A whole number of up to 255 bytes.</summary>
    Integer = 3,

    /// <summary>A floating-point number.</summary>
    Number = 4,

    /// <summary>The truth value false.</summary>
    False = 5,

    /// <summary>The truth value true.</summary>
    True = 6,

    /// <summary>
    /// The place of the versionstamp that a commit is going to have
    /// (<see cref="StoreKeyPart.CommitVersionstamp"/>).
    /// </summary>
    CommitVersionstamp = 7,
}
