"""The parts of the training, each against a dumber road."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Generator
from vsr import clips, images
from vsr.activity import LayerActivity
from vsr.adaptive import AdaptiveSystem
from vsr.clips import ClipStream, Window, cut, place_windows
from vsr.console import clock, progress_line
from vsr.losses import RECIPES, TERMS, LossTerms
from vsr.network import SuperResolver, bilinear
from vsr.quality import psnr, quality, ssim
from vsr.schedule import Schedule
from vsr.snapshot import Position


def random_images(batch=3, side=24, seed=0):
    generator = Generator().manual_seed(seed)
    truth = torch.rand(batch, 3, side, side, generator=generator)
    return (truth + 0.1 * torch.randn(truth.shape, generator=generator)).clamp(0, 1), truth


class TestImages:
    def test_no_image_is_trained_on_and_validated_on(self):
        assert len(set(images.VALIDATION)) == 10
        assert not {name.split("_")[0] for name in images.TRAINING} & {
            name.split("_")[0] for name in images.VALIDATION
        }

    @pytest.mark.parametrize("name", [*images.TRAINING, *images.VALIDATION])
    def test_every_image_is_in_the_package(self, name):
        pixels = images.load(name)
        assert pixels.shape[0] == 3
        assert pixels.dtype == torch.float32
        assert 0 <= pixels.min() < pixels.max() <= 1

    def test_a_missing_image_is_named(self):
        with pytest.raises(FileNotFoundError, match=r"unicorn\.png is not inside"):
            images.load("unicorn.png")


class TestClips:
    def test_frames_are_averages_of_a_moving_window(self, monkeypatch):
        monkeypatch.setattr(clips, "NOISE", 0.0)
        image = torch.rand(3, 40, 40, generator=Generator().manual_seed(0))
        window = Window(image=0, top=10, left=12, speed_y=2, speed_x=-1)
        made = cut([image], [window], 9, Generator())
        assert torch.equal(made.truth[0], image[:, 10:19, 12:21])
        for t in range(5):
            for y in range(3):
                for x in range(3):
                    top, left = 10 + 2 * (t - 2) + 3 * y, 12 - (t - 2) + 3 * x
                    wanted = image[:, top : top + 3, left : left + 3].mean(dim=(1, 2))
                    assert made.low[0, t, :, y, x].tolist() == pytest.approx(wanted.tolist(), abs=1e-6)

    def test_windows_never_leave_the_image(self):
        image = torch.zeros(3, 20, 23)
        windows = place_windows([image], [0] * 500, 12, Generator().manual_seed(0))
        assert {w.top for w in windows} == set(range(4, 5))
        assert {w.left for w in windows} == set(range(4, 8))
        assert {(w.speed_y, w.speed_x) for w in windows} == {
            (y, x) for y in range(-2, 3) for x in range(-2, 3)
        }

    def test_an_epoch_shows_every_window_once(self):
        flat = [torch.full((3, 40, 40), value / 10) for value in range(6)]
        stream = ClipStream(flat, count=6, side=12, batch=2, seed=0)
        assert stream.steps_per_epoch == 3
        shown = iter(stream)
        for _epoch in range(2):
            means = [float(mean) for _ in range(3) for mean in next(shown).truth.mean(dim=(1, 2, 3))]
            assert sorted(means) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])


class TestQuality:
    def test_psnr_and_ssim_are_those_of_scikit_image(self):
        image, truth = random_images()
        for row in range(3):
            x, y = (a[row].permute(1, 2, 0).double().numpy() for a in (image, truth))
            assert psnr(image, truth)[row].item() == pytest.approx(
                peak_signal_noise_ratio(y, x, data_range=1), abs=1e-4
            )
            _, pixels = structural_similarity(
                x,
                y,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=1,
                channel_axis=2,
                full=True,
            )
            assert ssim(image, truth)[row].item() == pytest.approx(np.mean(pixels[5:-5, 5:-5]), abs=1e-6)

    @pytest.mark.parametrize(
        ("decibel", "similarity", "wanted"),
        [(30, 0.85, 0.7 / 3 + 0.255), (10, 0.5, 0.15), (60, 1.0, 1.0), (10, -1.0, 0.0), (50, 0.0, 0.7)],
    )
    def test_quality_is_the_formula(self, decibel, similarity, wanted):
        value = quality(torch.tensor(float(decibel)), torch.tensor(similarity))
        assert value.item() == pytest.approx(wanted, abs=1e-6)


class TestNetwork:
    def test_untrained_it_is_the_bilinear_image(self):
        low = torch.rand(2, 5, 3, 8, 10, generator=Generator().manual_seed(0))
        image = SuperResolver()(low)
        assert image.shape == (2, 3, 24, 30)
        assert torch.equal(image, bilinear(low))

    def test_each_trunk_sees_its_own_side_of_time(self):
        network = SuperResolver()
        low = torch.rand(1, 5, 3, 8, 8, generator=Generator().manual_seed(0))
        seen = {}
        for name in ("forward_trunk", "backward_trunk"):
            getattr(network, name).register_forward_hook(
                lambda _m, _i, out, n=name: seen.setdefault(n, []).append(out)
            )
        network(low)
        low[:, 4] = 0
        network(low)
        assert torch.equal(*seen["forward_trunk"])
        assert not torch.equal(*seen["backward_trunk"])


class TestLosses:
    def test_terms_match_a_loop(self):
        image, truth = random_images(batch=1, side=8)
        terms = LossTerms()(image, truth)
        d = (image - truth)[0].double().numpy()
        halves = d.reshape(3, 4, 2, 4, 2).mean(axis=(2, 4))
        quarters = halves.reshape(3, 2, 2, 2, 2).mean(axis=(2, 4))
        assert terms["l1"].item() == pytest.approx(np.abs(d).mean())
        assert terms["ms"].item() == pytest.approx((np.abs(halves).mean() + np.abs(quarters).mean()) / 2)
        slopes = (np.abs(np.diff(d, axis=1)).mean() + np.abs(np.diff(d, axis=2)).mean()) / 2
        assert terms["gradient"].item() == pytest.approx(slopes)
        assert terms["perceptual"].item() > 0

    def test_a_perfect_image_costs_nothing_and_features_are_fixed(self):
        image, truth = random_images()
        assert all(value.item() == 0 for value in LossTerms()(truth, truth).values())
        torch.manual_seed(1)
        first = LossTerms()(image, truth)["perceptual"]
        torch.manual_seed(2)
        assert LossTerms()(image, truth)["perceptual"] == first

    def test_recipes_share_one(self):
        for recipe in RECIPES.values():
            assert recipe.l1 + recipe.ms + recipe.gradient == pytest.approx(1)


class TestSchedule:
    def test_it_warms_up_and_falls_along_a_cosine(self):
        schedule = Schedule(steps=100, peak=1.0, floor=0.1)
        assert [schedule.rate(step) for step in (1, 5, 10)] == pytest.approx([0.1, 0.5, 1.0])
        assert schedule.rate(55) == pytest.approx(0.55)
        assert schedule.rate(100) == pytest.approx(0.1)
        assert [schedule.phase(step) for step in (10, 11)] == ["warmup", "cosine"]
        assert [schedule.may_boost(step) for step in (10, 11, 80, 81)] == [False, True, True, False]


class TestAdaptiveSystem:
    def follow(self, system, remaining, steps, may_boost=True):
        losses = dict.fromkeys(("total", *TERMS), remaining)
        return [system.update(losses, bilinear=1.0, norm=0.3, may_boost=may_boost) for _ in range(steps)]

    def test_progress_keeps_it_stable(self):
        system = AdaptiveSystem(RECIPES["full"])
        for step in range(500):
            self.follow(system, 0.99**step, 1)
        assert (system.mode, system.plateau, system.cooldown) == ("Stable", 0, 0)
        assert system.weights == pytest.approx(RECIPES["full"].weights())
        assert system.perceptual_trend < 0

    def test_a_plateau_makes_it_aggressive_then_boosts(self):
        system = AdaptiveSystem(RECIPES["full"])
        self.follow(system, 1.0, 1)
        assert not any(self.follow(system, 1.1, 149))
        assert (system.mode, system.plateau) == ("Stable", 149)
        self.follow(system, 1.1, 1)
        assert (system.mode, system.cooldown) == ("Aggressive", 100)
        boosts = self.follow(system, 1.1, 150)
        assert boosts == [False] * 149 + [True]
        assert (system.plateau, system.boost_factor, system.boost_available) == (0, 1.5, False)
        assert system.weights["gradient"] > RECIPES["full"].gradient
        assert sum(system.weights[term] for term in ("l1", "ms", "gradient")) == pytest.approx(1)
        self.follow(system, 1.1, 100)
        assert system.boost_factor == pytest.approx(1.25)

    def test_no_boost_when_the_schedule_forbids_it(self):
        system = AdaptiveSystem(RECIPES["full"])
        self.follow(system, 1.0, 1)
        assert not any(self.follow(system, 1.1, 1000, may_boost=False))

    def test_losses_are_smoothed_with_095(self):
        system = AdaptiveSystem(RECIPES["full"])
        self.follow(system, 1.0, 1)
        self.follow(system, 2.0, 2)
        assert system.losses["l1"] == pytest.approx(0.95 * (0.95 * 1 + 0.05 * 2) + 0.05 * 2)

    def test_the_clip_follows_twice_the_norm(self):
        system = AdaptiveSystem(RECIPES["full"])
        self.follow(system, 1.0, 3)
        assert system.clip == pytest.approx(0.6)


def test_activity_is_the_mean_absolute_output_while_watched():
    layer = torch.nn.Identity()
    activity = LayerActivity({"one": layer})
    with activity.watching():
        layer(torch.tensor([1.0, -3.0]))
        layer(torch.tensor([-4.0]))
    layer(torch.tensor([100.0]))
    assert activity.map() == {"one": pytest.approx((2 + 4) / 2)}


def test_a_position_counts_epochs_from_one_and_tells_the_time_left():
    fields = Position(step=801, steps=1000, steps_per_epoch=800, iteration_seconds=30.0).fields()
    assert (fields["epoch_num"], fields["epoch_step_current"], fields["epoch_step_total"]) == (2, 1, 800)
    assert fields["eta_total_formatted"] == fields["eta_epoch_formatted"] == "01:39:30"
    last = Position(step=800, steps=1000, steps_per_epoch=800, iteration_seconds=30.0).fields()
    assert (last["epoch_num"], last["epoch_step_current"], last["eta_epoch_formatted"]) == (
        1,
        800,
        "00:00:00",
    )


def test_the_progress_line_is_the_original_programs():
    assert progress_line(10, 10, 40, 0.0) == (
        "Progress: [████████████████████████████] 100.0% | Batch 10/10 (40 samples) | ETA: 0.0s"
    )
    assert progress_line(5, 10, 20, 1.25) == (
        "Progress: [" + "█" * 14 + "░" * 14 + "] 50.0% | Batch 5/10 (20 samples) | ETA: 1.2s"
    )
    assert clock(12 * 3600 + 34 * 60 + 56) == "12:34:56"
    assert clock(math.nextafter(0, -1)) == "00:00:00"
