using System.Text.Json;

namespace Quire;

/// <content>Objects of which every name is known.</content>
public static partial class StoreJson
{
    /// <summary>
    /// The members of an object: known names only, and none twice, since a name that is misspelled
    /// or repeated would otherwise be a check that is not made.
    /// </summary>
    private sealed class Members
    {
        private readonly Dictionary<string, JsonElement> _values = [];
        private readonly string _place;

        private Members(string place) => _place = place;

        public JsonElement this[string name] => TryGet(name, out JsonElement value)
            ? value
            : throw new FormatException($"{_place}: \"{name}\" is missing.");

        /// <param name="json">The object.</param>
        /// <param name="place">What messages call it.</param>
        /// <param name="names">The names that it may have, with commas between.</param>
        /// <exception cref="FormatException">Something else.</exception>
        public static Members Of(in JsonElement json, string place, string names)
        {
            if (json.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException(
                    $"{place}: an object with {names} is expected, not {Name(json)}.");
            }

            var members = new Members(place);
            foreach (JsonProperty property in json.EnumerateObject())
            {
                string name = NameOf(property, place);
                if (!names.Split(", ").Contains(name))
                {
                    throw new FormatException(
                        $"{place}: \"{Short(name)}\" is unknown; there are {names}.");
                }

                if (!members._values.TryAdd(name, property.Value))
                {
                    throw new FormatException($"{place}: \"{name}\" is there twice.");
                }
            }

            return members;
        }

        public bool TryGet(string name, out JsonElement value) =>
            _values.TryGetValue(name, out value);

        /// <summary>The elements of a list and their places; none when it is left out.</summary>
        public IEnumerable<(JsonElement Element, string Place)> ListOf(string name, string within)
        {
            string place = within.Length == 0 ? name : $"{within}.{name}";
            if (!TryGet(name, out JsonElement list))
            {
                return [];
            }

            return list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Select((element, i) => (element, $"{place}[{i}]"))
                : throw new FormatException($"{place}: a list is expected, not {Name(list)}.");
        }
    }
}
