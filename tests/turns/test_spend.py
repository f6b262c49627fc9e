"""What was spent adds up, is data, and prints."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from openai_codex import Spend
from openai_codex._core.account import Account, Counts
from openai_codex._turns.spend import spend_of

AGENT = Spend(input_tokens=1, usd=None, model_calls=1, unpriced=("new",))
SPENT = Spend(
    input_tokens=12_000,
    cached_input_tokens=9_000,
    cache_write_tokens=700,
    output_tokens=1_500,
    reasoning_tokens=500,
    usd=Decimal("1234.5"),
    seconds=61.25,
    model_calls=3,
    commands=2,
    by_agent={"root": Spend(), "a1": AGENT},
)


def test_tokens_are_those_of_input_and_output() -> None:
    assert SPENT.tokens == 13_500
    assert Spend().tokens == 0


def test_a_spend_is_data_and_back() -> None:
    data = SPENT.to_dict()
    assert data == {
        "input_tokens": 12_000,
        "cached_input_tokens": 9_000,
        "cache_write_tokens": 700,
        "output_tokens": 1_500,
        "reasoning_tokens": 500,
        "usd": "1234.5",
        "seconds": 61.25,
        "model_calls": 3,
        "commands": 2,
        "tool_calls": 0,
        "unpriced": [],
        "by_agent": {"root": Spend().to_dict(), "a1": AGENT.to_dict()},
        "tokens": 13_500,
    }
    assert data["by_agent"]["a1"]["usd"] is None
    assert data["by_agent"]["a1"]["unpriced"] == ["new"]
    assert Spend.from_dict(json.loads(json.dumps(data))) == SPENT


def test_data_of_another_release_is_read_as_far_as_it_is_known() -> None:
    assert Spend.from_dict({"input_tokens": 3, "of_tomorrow": 1}) == Spend(input_tokens=3)
    assert Spend.from_dict({}) == Spend()


def test_two_spends_add_up_agent_by_agent() -> None:
    other = Spend(
        output_tokens=4,
        usd=Decimal("0.5"),
        tool_calls=2,
        unpriced=("b", "a"),
        by_agent={"a1": Spend(input_tokens=2), "a2": Spend(output_tokens=4)},
    )
    both = SPENT + other
    assert (both.input_tokens, both.output_tokens, both.tool_calls) == (12_000, 1_504, 2)
    assert (both.usd, both.unpriced) == (Decimal("1235.0"), ("a", "b"))
    assert both.by_agent == {
        "root": Spend(),
        "a1": AGENT + Spend(input_tokens=2),
        "a2": Spend(output_tokens=4),
    }
    assert (AGENT + other).usd is (other + AGENT).usd is None


def test_spends_can_be_summed_and_nothing_else_can() -> None:
    assert sum([AGENT, AGENT], Spend()).input_tokens == 2
    assert sum([AGENT, SPENT]) == AGENT + SPENT
    nothing: Any = 1
    with pytest.raises(TypeError):
        _ = AGENT + nothing
    with pytest.raises(TypeError):
        _ = nothing + AGENT


def test_money_is_a_difference_too_and_unknown_stays_unknown() -> None:
    assert Spend(usd=Decimal(3)).since(Spend(usd=Decimal(1))).usd == 2
    assert Spend(usd=Decimal(3)).since(Spend(usd=None)).usd == 3
    assert Spend(usd=None).since(Spend(usd=Decimal(1))).usd is None


def test_a_spend_prints_as_a_small_table() -> None:
    assert str(SPENT) == (
        "input   12,000 tokens, 9,000 cached\n"
        "output  1,500 tokens, 500 reasoning\n"
        "money   $1,234.5000\n"
        "time    61.2 s\n"
        "calls   3 model, 2 commands\n"
        "agents  2"
    )


def test_tools_and_agents_are_printed_where_there_are_any() -> None:
    alone = Spend(by_agent={"root": Spend()})
    assert "agents" not in str(alone)
    assert "tools" not in str(alone)
    assert str(Spend(tool_calls=1_000)).endswith("\ncalls   0 model, 0 commands, 1,000 tools")


def test_a_price_that_is_unknown_names_its_models_on_one_line() -> None:
    spent = Spend(usd=None, unpriced=("new\nmodel", "other"))
    assert "\nmoney   unknown price: new" in str(spent)
    assert len(str(spent).splitlines()) == 5
    assert str(spent).count("other") == 1


def test_a_repr_has_what_matters_most() -> None:
    assert repr(SPENT) == "Spend(tokens=13500, usd=1234.5, model_calls=3)"
    assert repr(AGENT) == "Spend(tokens=1, model_calls=1)"


def test_a_notebook_shows_the_same_table_without_markup_of_others() -> None:
    page = Spend(usd=None, unpriced=("<b>",))._repr_html_()
    assert page.startswith("<table><tr><td>input</td><td style='text-align:right'>0 tokens")
    assert page.endswith("</tr></table>")
    assert "unknown price: &lt;b&gt;" in page
    assert "<b>" not in page


def test_what_an_account_holds_is_copied_with_its_agents() -> None:
    account = Account(lambda: 100.0)
    usd = Decimal("0.25")
    account.counts = Counts(9, 5, 1, 4, 2, usd=usd, model_calls=3, commands=2, tool_calls=1)
    account.by_agent["a1"] = Counts(
        input=2, usd=usd, seconds=1.5, model_calls=1, unpriced=frozenset({"n", "m"})
    )
    account.running["t1"] = ("th", 90.0, True)
    spent = spend_of(account)
    assert spent == Spend(
        input_tokens=9,
        cached_input_tokens=5,
        cache_write_tokens=1,
        output_tokens=4,
        reasoning_tokens=2,
        usd=usd,
        seconds=10.0,
        model_calls=3,
        commands=2,
        tool_calls=1,
        by_agent={
            "a1": Spend(input_tokens=2, usd=None, seconds=1.5, model_calls=1, unpriced=("m", "n"))
        },
    )
    account.by_agent.clear()
    assert list(spent.by_agent) == ["a1"]
