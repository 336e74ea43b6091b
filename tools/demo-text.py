#!/usr/bin/env python3
"""Text around tools/demo.sh: v4run takes and gives token ids.

    demo-text.py prompt CHECKPOINT               ids of the demo's prompt, as JSON
    demo-text.py question CHECKPOINT             what it asks
    demo-text.py answer CHECKPOINT ANSWER.json   the ids that v4run generated, and what they say
"""

import json
import sys

CHAT = 2  # of goldens/chat.json: "What is the capital of France?"


def byte_of_character():
    """Byte-level BPE writes a byte that is no visible Latin-1 character as the character 256 + n, n counting those."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(256 + n): byte for n, byte in enumerate(hidden)}


def text_of(ids, checkpoint):
    tokenizer = json.load(open(f"{checkpoint}/tokenizer.json", encoding="utf-8"))
    added = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    spelling = {number: token for token, number in tokenizer["model"]["vocab"].items()}
    to_byte = byte_of_character()
    data = b""
    for number in ids:
        if number in added:
            data += added[number].encode()
        else:
            data += bytes(to_byte[character] for character in spelling[number])
    return data.decode("utf-8", "replace")


def main():
    what, checkpoint = sys.argv[1:3]
    chat = json.load(open(f"{checkpoint}/goldens/chat.json", encoding="utf-8"))["chats"][CHAT]
    if what == "prompt":
        print(json.dumps(chat["prompt_ids"]))
    elif what == "question":
        print(chat["messages"][-1]["content"])
    else:
        ids = json.load(open(sys.argv[3], encoding="utf-8"))["tokens"]
        print("tokens:", *ids)
        print("text:  ", text_of(ids, checkpoint))
        # v4run stops at the end token and does not list it.
        expected = chat["greedy_ids"][:-1]
        if ids != expected:
            print("expected:", *expected)
            return 1
        print("as expected")
    return 0


sys.exit(main())
