"""Values that resolvers have encoded stand in an answer as they are."""

import json

from tickql.api.schema.encoded_value import EncodedValue, encode_json


def test_an_encoded_value_is_not_decoded_and_encoded_again() -> None:
    # The blank would not survive that.
    assert encode_json({"data": {"history": EncodedValue(b'{"edges": []}')}}) == b'{"data":{"history":{"edges": []}}}'


def test_half_of_a_surrogate_pair_in_an_answer_is_escaped() -> None:
    answer = encode_json({"errors": [{"message": "\ud800"}], "data": EncodedValue(b"[1]")})
    assert json.loads(answer) == {"errors": [{"message": "\ud800"}], "data": [1]}
