"""Asterisk's modules that Hotline loads, in loading order, and those without which it cannot work.

A module whose dependency is missing only writes a line into the log, and Asterisk comes up without it: so
REQUIRED is asked for after every start. res_agi needs res_speech; app_mixmonitor needs func_periodic_hook, which
needs app_chanspy, func_cut, func_groupcount and func_uri; the claim lock is func_lock. res_pjsip_messaging
stays out: it sends every text message through the dialplan like a call.
"""

from __future__ import annotations

_CORE = (
    "res_timing_timerfd res_timing_pthread res_crypto res_pjproject res_sorcery_config res_sorcery_memory "
    "res_sorcery_astdb res_http_websocket res_speech res_agi res_musiconhold res_stasis "
    "res_manager_devicestate res_security_log res_limit"
)
_PJSIP = (
    "res_pjsip res_pjsip_pubsub res_pjsip_session res_pjsip_acl res_pjsip_authenticator_digest "
    "res_pjsip_caller_id res_pjsip_diversion res_pjsip_dlg_options res_pjsip_dtmf_info res_pjsip_empty_info "
    "res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_header_funcs "
    "res_pjsip_logger res_pjsip_maintenance res_pjsip_nat "
    "res_pjsip_outbound_authenticator_digest res_pjsip_outbound_registration res_pjsip_path res_pjsip_refer "
    "res_pjsip_registrar res_pjsip_rfc3326 res_pjsip_rfc3329 res_pjsip_sdp_rtp res_pjsip_sips_contact "
    "res_pjsip_transport_websocket chan_pjsip"
)
_MEDIA = (
    "res_rtp_asterisk res_srtp res_convert res_format_attr_opus codec_a_mu codec_alaw codec_ulaw codec_g722 codec_gsm "
    "codec_resample codec_opus_open_source format_pcm format_wav format_wav_gsm format_sln format_gsm "
    "format_ogg_opus_open_source"
)
_BRIDGES = (
    "bridge_simple bridge_native_rtp bridge_holding bridge_softmix bridge_builtin_features "
    "bridge_builtin_interval_features"
)
_FUNCTIONS = (
    "func_callerid func_channel func_cut func_db func_devstate func_dialplan func_env func_global func_groupcount "
    "func_hangupcause func_lock func_logic func_math func_module func_pjsip_aor func_pjsip_contact "
    "func_pjsip_endpoint func_rand func_sprintf func_strings func_timeout func_uri func_uuid func_version func_volume"
)
_APPLICATIONS = (
    "app_chanspy func_periodic_hook app_bridgewait app_confbridge app_controlplayback app_db app_dial app_echo "
    "app_exec app_mixmonitor app_originate app_playback app_playtones app_read app_record "
    "app_senddtmf app_stack app_transfer app_userevent app_verbose app_while pbx_config"
)

LOADED: tuple[str, ...] = tuple(
    f"{name}.so" for group in (_CORE, _PJSIP, _MEDIA, _BRIDGES, _FUNCTIONS, _APPLICATIONS) for name in group.split()
)

_NEEDED = (
    "res_agi res_musiconhold res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_pjsip_registrar chan_pjsip "
    "res_pjsip_authenticator_digest res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user "
    "res_pjsip_dtmf_info res_pjsip_caller_id res_rtp_asterisk res_manager_devicestate codec_ulaw format_pcm "
    "bridge_simple bridge_native_rtp func_lock func_logic func_timeout func_channel func_global "
    "func_strings func_hangupcause app_userevent app_playback app_read app_chanspy app_mixmonitor app_controlplayback "
    "pbx_config"
)
REQUIRED: tuple[str, ...] = tuple(f"{name}.so" for name in _NEEDED.split())
"""For calls over trunks and to desk phones."""

REQUIRED_FOR_BROWSERS: tuple[str, ...] = (
    "res_http_websocket.so",
    "res_pjsip_transport_websocket.so",
    "res_srtp.so",
    "res_crypto.so",
)
"""For softphones in browsers. An Opus codec is good to have beside them, not needed: they speak ulaw too."""
