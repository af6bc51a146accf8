"""Asterisk as a part of Hotline: fetched, configured, started, examined.

    installation = locate(progress)                       # installed, cached or fetched; PbxUnavailable says why not
    config = PbxConfig.on_free_ports(Path("var/pbx"))     # or PbxConfig(directory, ports=Ports(...), ...)
    pbx = start(config, installation)                     # RunningPbx: ami_url, ws_url, wss_url, sip_port, pid, ...
    ...
    pbx.stop()                                            # SIGTERM, 5 s, SIGKILL

Agents' phones are `AgentPhone` values: `write_agents_file(path, phones)` renders them into the file that
pjsip.conf includes (`config.agents_file`); then the AMI action `Reload` with `Module: res_pjsip.so` applies it.
Everything here is synchronous; in asyncio call it through `asyncio.to_thread`.
"""

from telephony.asterisk.pbx.configuration import PbxConfig, Trunk, render, write
from telephony.asterisk.pbx.endpoints import AgentPhone, CustomerPhone, render_phones, write_agents_file
from telephony.asterisk.pbx.install import Installation, PbxUnavailable, locate
from telephony.asterisk.pbx.ports import Ports, free_ports
from telephony.asterisk.pbx.process import PbxFailed, RunningPbx, start

__all__ = [
    "AgentPhone",
    "CustomerPhone",
    "Installation",
    "PbxConfig",
    "PbxFailed",
    "PbxUnavailable",
    "Ports",
    "RunningPbx",
    "Trunk",
    "free_ports",
    "locate",
    "render",
    "render_phones",
    "start",
    "write",
    "write_agents_file",
]
