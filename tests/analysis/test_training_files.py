from statkit.analysis.training_files import inventory


def test_files_are_sorted_into_kinds_in_natural_order():
    names = [
        "val_batch_000001.png",
        "train_batch_1000000.png",
        "train_batch_000200.png",
        "train_batch_000200.npz",
        "val_batch_000001.npz",
        "epoch_10_metrics.json",
        "epoch_9_metrics.json",
        "runtime_config.json",
        "batch_metrics.jsonl",
        "final_training_metrics.json",
        "final_summary_report.md",
        "notes.txt",
        "other.npz",
        "metrics_20260101_000000.json",
        "Statistik_500.json",
        "checkpoint_step_0000500.pth",
    ]
    found = inventory([(name, 10) for name in names])
    assert [(each.count, each.first, each.last, each.size) for each in found] == [
        (1, "batch_metrics.jsonl", "batch_metrics.jsonl", 10),
        (1, "final_training_metrics.json", "final_training_metrics.json", 10),
        (2, "epoch_9_metrics.json", "epoch_10_metrics.json", 20),
        (1, "metrics_20260101_000000.json", "metrics_20260101_000000.json", 10),
        (1, "Statistik_500.json", "Statistik_500.json", 10),
        (1, "runtime_config.json", "runtime_config.json", 10),
        (2, "train_batch_000200.png", "train_batch_1000000.png", 20),
        (1, "val_batch_000001.png", "val_batch_000001.png", 10),
        (2, "train_batch_000200.npz", "val_batch_000001.npz", 20),
        (1, "checkpoint_step_0000500.pth", "checkpoint_step_0000500.pth", 10),
    ]


def test_the_order_of_the_listing_does_not_matter():
    files = [("train_batch_000001.png", 1), ("train_batch_000002.png", 2), ("batch_metrics.jsonl", 3)]
    assert inventory(files) == inventory(files[::-1])


def test_an_empty_directory_has_no_kind():
    assert inventory([]) == ()
