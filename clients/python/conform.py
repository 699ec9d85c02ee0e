"""Plays one pairing and capture against a server that needs no camera, and prints what
was accepted: the run that every client must pass.

    python conform.py https://127.0.0.1:PORT --ca root.pem [--no-socket] [--poll]
"""

import argparse
import asyncio
import contextlib
import os
import sys

from visavis import Closed, Config, Desktop, Phone

# A picture's step and bytes; the server (qa serve, qa conformance) says what it shows.
PICTURE = "/qa/picture.jpg"


def fresh(jpeg: bytes) -> bytes:
    """The same picture with other bytes: a comment after the start of the image."""
    comment = os.urandom(16).hex().encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


async def watch(desktop: Desktop, codes: asyncio.Queue, seen: list[str]) -> None:
    async for event in desktop.events():
        if event.type == "pairing":
            codes.put_nowait(event.message["url"])
        if event.type == "progress":
            seen.append(event.message["state"])
            if event.message.get("code"):
                codes.put_nowait(event.message["code"])


async def capture(phone: Phone, jpeg: bytes) -> list[str]:
    accepted: list[str] = []
    step, seq, still, begun = "document-front", 0, 0, False

    async def preview() -> None:
        nonlocal seq
        seq += 1
        with contextlib.suppress(Closed):  # events() says so, and comes back
            await phone.send_preview(step, seq, fresh(jpeg))

    async for event in phone.events():
        message = event.message or {}
        shown = {"progress": message, "welcome": message.get("progress")}.get(event.type) or {}
        state = shown.get("state")
        if event.type == "progress" and state == "paired" and not begun:
            begun = True
            await phone.send("choose-document", document="identity-card")
            await phone.send("start", cameraWidth=1920, cameraHeight=1080)
        for each in shown.get("steps") or []:
            if each["state"] == "active":
                step = each["step"]
            if each["state"] == "accepted" and each["step"] not in accepted:
                accepted.append(each["step"])
        if event.type == "frame-result":
            await asyncio.sleep(0.02)
            await preview()
        elif event.type == "capture-still" and message["seq"] != still:
            still = message["seq"]  # said again after a return: the rest is on its way
            with contextlib.suppress(Closed):
                await phone.send_still(message["step"], message["seq"], fresh(jpeg), min(message["partSize"], 4096))
        elif state == "capturing" and (event.type == "welcome" or seq == 0):
            await preview()
    return accepted


async def main() -> int:
    a = argparse.ArgumentParser()
    a.add_argument("server")
    a.add_argument("--ca", default="")
    a.add_argument("--no-socket", action="store_true")
    a.add_argument("--poll", action="store_true")
    args = a.parse_args()
    config = Config(args.server, ca=args.ca, language="en", no_socket=args.no_socket, poll=args.poll)
    desktop, codes, seen = Desktop(config), asyncio.Queue(), []
    _, jpeg = await desktop._ask("GET", PICTURE, None, {})
    await desktop.open()
    watching = asyncio.create_task(watch(desktop, codes, seen))
    phone = Phone(config, await codes.get())
    await phone.open()
    while (await phone.next(10)).type != "invitation":
        pass
    await phone.send("claim", device="conform")
    while (await phone.next(10)).type != "welcome":
        pass
    await phone.send("choose-code", code=await codes.get())
    accepted = await asyncio.wait_for(capture(phone, jpeg), 60)
    await asyncio.wait_for(watching, 20)
    await phone.close()
    await desktop.close()
    print("accepted", " ".join(accepted), "desktop", " ".join(dict.fromkeys(seen)))
    return 0 if seen[-1:] == ["done"] and len(accepted) == 3 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
