"""API tokens."""

from __future__ import annotations

from ostiary.accounts import login_name
from ostiary_tokens.keeper import Keeper
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings
from tests.browser.scenes import LONG, NAME, Scene, error, sight


@sight
def tokens_empty(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/tokens")


@sight
def tokens_new(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/tokens/new")


@sight
def tokens_new_unfolded(scene: Scene) -> None:
    tokens_new(scene)
    scene.page.click("main summary")


@error
def tokens_new_wrong(scene: Scene) -> None:
    tokens_new(scene)
    scene.send(name=NAME, expires="soon")


@error
def tokens_new_wrong_folded(scene: Scene) -> None:
    tokens_new_unfolded(scene)
    scene.send(name=NAME, uses="many")


@sight
def token_made(scene: Scene) -> None:
    tokens_new_unfolded(scene)
    scene.page.check("main [name=resource] >> nth=0")
    scene.send(name=NAME, networks="192.0.2.1")
    for snippet in scene.page.locator("main details").all():
        snippet.locator("summary").click()


@sight
def tokens(scene: Scene) -> None:
    token_made(scene)
    scene.open("/account/tokens")


@sight
def token_revoke(scene: Scene) -> None:
    tokens(scene)
    scene.page.click("main li a[href$=revoke]")


@sight
def tokens_revoke_all(scene: Scene) -> None:
    tokens(scene)
    scene.page.click("main a[href$=revoke-all]")


@sight
def token_delegates(scene: Scene) -> None:
    """One is stopped, another has it from them; and a dry run was asked for."""
    tokens(scene)
    scene.page.click(".o-card a >> nth=0")
    for chain in ("a > b", "a"):
        scene.page.fill("main input[name=chain]:visible", chain)
        scene.page.click("main .o-form button[value=stop]")
        scene.page.wait_for_url("**/account/tokens/*")
    scene.page.check("main [name=act] >> nth=0")
    scene.send("main form:has([name=act]) button")


@error
def token_delegate_wrong(scene: Scene) -> None:
    tokens(scene)
    scene.page.click(".o-card a >> nth=0")
    scene.send("main .o-form button[value=stop]", chain="a b")


@sight
def tokens_reaching(scene: Scene) -> None:
    """One's own, and that of somebody else, which is shut out."""
    tokens(scene)
    other, runtime = f"id-{LONG}", scene.runtime
    assert runtime.accounts is not None
    with runtime.store.write() as unit:
        runtime.accounts.create(unit, other[:36], login_name("a-b"))
    keeper = Keeper(runtime.house, TokenSettings.from_mapping({}), Parts(runtime.house).kinds)
    keeper.create(other[:36], LONG, ())
    scene.page.click("main .o-choices a >> nth=0")
    scene.send("main form button")
