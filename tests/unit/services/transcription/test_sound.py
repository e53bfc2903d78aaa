"""A note is judged before anybody listens: what it is, how long, whether there is a voice (UX-59, UX-62)."""

from __future__ import annotations

import pytest

from services.transcription.service import Note, judge
from services.transcription.sound import LONGEST_SECONDS, RATE, Sound, UnreadableSound, open_sound
from tests.fakes.sounds import note, tone


def test_an_opus_note_is_opened() -> None:
    sound = open_sound(note("quote_fr"))
    assert 4 < sound.seconds < 5 and not sound.silent and not sound.too_long
    assert [clip.filename for clip in sound.clips()] == ["note.ogg"]
    assert sound.clips()[0].content == note("quote_fr")


@pytest.mark.parametrize("content", [note("silence"), tone(0.6), tone(3, level=0.005)], ids=["zeros", "short", "hiss"])
async def test_nothing_to_hear_is_told_before_anybody_listens(content: bytes) -> None:
    judged = await judge(content)
    assert isinstance(judged, Note) and judged.verdict == "silent"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"OggS" + bytes(400),
        b"\xff\xd8\xff\xe0 a photo",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\nhttp://127.0.0.1/x.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
    ],
    ids=["empty", "torn", "photo", "playlist", "concat"],
)
async def test_what_is_no_sound_is_told(content: bytes) -> None:
    with pytest.raises(UnreadableSound):
        open_sound(content)
    judged = await judge(content)
    assert isinstance(judged, Note) and judged.verdict == "unreadable"


def test_a_note_that_broke_off_counts_as_far_as_it_goes() -> None:
    whole = note("quote_fr")
    assert 1 < open_sound(whole[: len(whole) * 2 // 3]).seconds < open_sound(whole).seconds


async def test_more_than_ten_minutes_is_too_long() -> None:
    judged = await judge(tone(LONGEST_SECONDS + 5))
    assert isinstance(judged, Note) and judged.verdict == "too_long"


def test_a_long_note_is_cut_where_it_is_quiet() -> None:
    sound = open_sound(tone(400, pauses=(170.0, 340.0)))
    clips = sound.clips()
    assert [round(clip.starts_at) for clip in clips] == [0, 170, 340]
    assert sum(clip.seconds for clip in clips) == pytest.approx(400)
    assert all(open_sound(clip.content).seconds == pytest.approx(clip.seconds) for clip in clips)


def test_three_minutes_stay_in_one_piece() -> None:
    assert isinstance(sound := open_sound(tone(180)), Sound) and len(sound.clips()) == 1
    assert len(sound.samples) == 180 * RATE
