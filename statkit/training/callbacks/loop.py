"""For loops of one's own: counts batches and epochs, so that a loop only hands over what it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, TypeVar

Batch = TypeVar("Batch")


class LoopCallback:
    """Walks a plain PyTorch loop along with an analyzer.

    Parameters
    ----------
    analyzer : AutomaticAnalyzer
        Told of every epoch and batch, and cleaned up at the end of the ``with`` block.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> from statkit.training import AutomaticAnalyzer
    >>> model = torch.nn.Conv2d(3, 3, 3, padding=1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> tiles = torch.rand(4, 2, 3, 16, 16)
    >>> quiet = lambda line: None
    >>> analyzer = AutomaticAnalyzer(model, save_dir=tempfile.mkdtemp(), data_range=1.0, echo=quiet)
    >>> with LoopCallback(analyzer) as watched:
    ...     for _epoch in watched.epochs(2):
    ...         for batch in watched.batches(tiles):
    ...             output = model(batch)
    ...             loss = (output - batch).square().mean()
    ...             optimizer.zero_grad()
    ...             loss.backward()
    ...             optimizer.step()
    ...             record = watched.observe(batch, output, loss)
    >>> record["epoch"], record["batch_idx"], record["phase"]
    (1, 3, 'train')
    """

    def __init__(self, analyzer: Any) -> None:
        self.analyzer = analyzer
        self._phase = "train"
        self._batch_idx = 0

    def epochs(self, count: int, first: int = 0) -> Iterator[int]:
        """Yield the epochs' numbers; each one's metrics are saved when the next is asked for.

        Parameters
        ----------
        count : int
            How many.
        first : int, default 0
            The first one's number; above 0 after a resume.
        """
        for epoch in range(first, first + count):
            self.analyzer.start_epoch(epoch)
            yield epoch
            self.analyzer.end_epoch(epoch)

    def batches(self, loader: Iterable[Batch], phase: str = "train") -> Iterator[Batch]:
        """Yield a loader's batches; what is observed belongs to the last one yielded.

        Parameters
        ----------
        loader : iterable
            Of batches of any kind.
        phase : {"train", "val"}
            Of all of them.
        """
        for batch_idx, batch in enumerate(loader):
            self._phase, self._batch_idx = phase, batch_idx
            yield batch

    def observe(
        self, input_tensor: Any, output_tensor: Any, loss: Any, *, target_tensor: Any = None, **sample: Any
    ) -> Mapping[str, Any]:
        """Analyze the present batch, from tensors the loop has already.

        Parameters
        ----------
        input_tensor, output_tensor : Tensor
            What went into the model and came out, B×C×H×W.
        loss : Tensor or float
            A tensor is not waited for.
        target_tensor : Tensor, optional
            What the output should be; the input if left out.
        **sample
            ``sample_ids``, ``patient_ids``, ``mpp``, ``tile_origin``, as `AutomaticAnalyzer` takes them.

        Returns
        -------
        dict
            The batch's record.
        """
        record: Mapping[str, Any] = self.analyzer.analyze_batch(
            self._batch_idx,
            input_tensor,
            output_tensor,
            loss,
            self._phase,
            target_tensor=target_tensor,
            **sample,
        )
        return record

    def __enter__(self) -> LoopCallback:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.analyzer.cleanup()
