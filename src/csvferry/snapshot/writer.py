"""The fingerprints of what a run left in the table, written for the next run to compare with."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from threading import Event

from csvferry.ingest.parser import Parsed, Survey
from csvferry.ingest.reject_writer import REJECTED
from csvferry.scratch.relations import INCOMING
from csvferry.snapshot import crypto as seal
from csvferry.snapshot.chunks.chunk_index import Entries, Laid, choose, each, lay
from csvferry.snapshot.chunks.chunker import UncutError
from csvferry.snapshot.chunks.early import begin_of
from csvferry.snapshot.chunks.unmatched_chunks import Changed
from csvferry.snapshot.diff import Delta, layout
from csvferry.snapshot.manifest import Remembered
from csvferry.snapshot.row_hashes import EXTRA, Fingerprints

Chunks = tuple[Laid | None, str]  # a file's chunks and how they were cut; none where they can't be
NO_CHUNKS: Chunks = (None, "")
_MOST = 100_000  # lines that were not applied: with more, chunks are not told apart


@dataclass(frozen=True)
class Written:
    """Fingerprints in scratch files, and the manifest that will name them."""

    manifest: Remembered
    files: dict[str, Path]


@dataclass(frozen=True)
class Keeper:
    """Writes what one run has to remember, to scratch files."""

    prints: Fingerprints
    survey: Survey
    parsed: Parsed
    folder: Path

    def keep(
        self, new: Remembered, delta: Delta | None, chunks: Chunks, *, deleted: bool
    ) -> Written | None:
        """After `delta`, or of the whole file; `deleted`: mirror deleted the rows that are gone.

        None where the table has rows that no fingerprint would tell of.
        """
        if delta:
            self.prints.keep_stays(deleted=deleted)
        elif self.prints.mirror and self._kept_keys() and not (deleted and self._keys_told()):
            return None
        else:
            self.prints.keep_standins()
        if delta and delta.partly:
            return self._keep_patch(new, delta, delta.partly)
        return self._keep_base(new, chunks, hashed=delta is not None)

    def _kept_keys(self) -> int:
        """How many rows of the file were rejected, so that mirror kept their keys."""
        return self.prints.number(
            f"SELECT count(*) FROM {REJECTED} WHERE code NOT LIKE 'duplicate%'"
        )

    def _keys_told(self) -> bool:
        """Whether it is known of each row that was not applied which keys equal its own."""
        return self.prints.certain or not self.prints.number(
            f"SELECT count(*) FROM {INCOMING} SEMI JOIN {REJECTED} USING (line)"
            f" WHERE {self.prints.key_hash} IS NULL"
        )

    def _keep_base(self, new: Remembered, chunks: Chunks, *, hashed: bool) -> Written:
        laid, cut = chunks
        entries = Entries()
        self._enter(entries, laid, patch=False)
        checked = self.parsed.checked is not None
        files = self.prints.write_base(new.run, self.folder, hashed=hashed, checked=checked)
        known = layout(self.survey, self.prints.seal) if cut else ""
        return self._written(replace(new, layout=known, cut=cut), entries, files)

    def _keep_patch(self, new: Remembered, delta: Delta, partly: Changed) -> Written:
        memory, entries = delta.known.memory, delta.known.entries
        for number in list(entries.loose(partly.gone)):
            entries.bury(number)
        self._enter(entries, partly.read(), patch=True)
        files = self.prints.write_patch(delta.known.whole_patch(), new.run, self.folder)
        same = {n: name for n, name in memory.parts.items() if n in ("rows", "keys")}
        new = replace(
            new,
            parts=same,
            digests={name: memory.digests[name] for name in same},
            layout=memory.layout,
            cut=memory.cut,
        )
        return self._written(new, entries, files)

    def _written(self, new: Remembered, entries: Entries, files: dict[str, Path]) -> Written:
        extra = self.prints.number(f"SELECT count(*) FROM {EXTRA}")
        entries.add(None, extra, patch=True)
        key = self.prints.seal
        chunks = self.folder / f"{new.run}-chunks"
        chunks.write_bytes(entries.pack())
        digests = {name: seal.digest(path, key) for name, path in files.items()}
        files = {**files, "blocks": chunks}
        new = replace(
            new,
            parts=new.parts | {name: path.name for name, path in files.items()},
            digests=new.digests | digests,
            shape=self.prints.shape,
            begin=self._begin() if new.layout else "",
        )
        digests = new.digests | {"blocks": seal.digest(chunks, key + new.bound)}
        return Written(replace(new, digests=digests), {path.name: path for path in files.values()})

    def _begin(self) -> str:
        text, dialect = self.survey.text, self.survey.dialect
        scratch = self.survey.scratch
        return begin_of(text.content.path, scratch, dialect.start, dialect.grammar.quote)

    # The chunks

    def lay(self, over: Event) -> Chunks:
        """Of a file that was read as a whole; what it gives does not count once `over` is set."""
        survey = self.survey
        quote, start = survey.dialect.grammar.quote, survey.dialect.start
        other = self.parsed.dialect.quote != survey.dialect.quote  # found out only while reading
        if other or not layout(survey, self.prints.seal):
            return NO_CHUNKS
        cut = choose(survey.text.content, start, quote)
        try:
            with survey.text.content.open(start) as reader:
                pieces = takewhile(lambda _: not over.is_set(), cut.pieces(reader, quote))
                laid = lay(pieces, self.prints.seal, survey.dialect.grammar, survey.dialect.line)
        except UncutError:
            return NO_CHUNKS
        certain = self.parsed.sure or not laid.quoted
        whole = sum(laid.counts) == self.parsed.rows + self.parsed.rejected
        return (laid, cut.sealed(self.prints.seal)) if certain and whole else NO_CHUNKS

    def _enter(self, entries: Entries, laid: Laid | None, *, patch: bool) -> None:
        """Take in the rows that were read: by chunks, or as one run of loose rows."""
        read = f"SELECT line FROM {INCOMING} SEMI JOIN {REJECTED} USING (line)"  # few of many
        missing = self._lines(f"line NOT IN ({read})")
        unapplied = self._lines("TRUE")
        if laid is None or missing is None or unapplied is None:
            entries.add(None, self.prints.number(f"SELECT count(*) FROM {INCOMING}"), patch=patch)
            return
        if not unapplied:
            entries.extend(laid.digests, laid.counts, patch=patch)
            return
        for digest, line, count in zip(each(laid.digests), laid.lines, laid.counts, strict=True):
            whole = not _within(unapplied, line, count)
            rows = count - _within(missing, line, count)
            entries.add(digest if whole else None, rows, patch=patch)

    def _lines(self, where: str) -> "array[int] | None":
        lines = array("Q")
        if not self.prints.number(f"SELECT count(*) FROM {REJECTED}"):
            return lines
        found = self.prints.con.execute(
            f"SELECT DISTINCT line FROM {REJECTED} WHERE line IS NOT NULL AND {where} ORDER BY line"
            f" LIMIT {_MOST + 1}"
        )
        while rows := found.fetchmany(10_000):
            lines.extend(line for (line,) in rows)
        return lines if len(lines) <= _MOST else None


def _within(lines: "array[int]", first: int, count: int) -> int:
    return bisect_left(lines, first + count) - bisect_left(lines, first)
