import { buttonDark, createTheme, inputDark, type GlobalTheme, type GlobalThemeOverrides } from 'naive-ui'
import { dark, FONT, light } from './tokens'
import type { ThemeName } from './apply'

/** The kit's dark theme of the components in use; the whole of it would weigh more than the console. */
export const naiveDark: GlobalTheme = createTheme([inputDark, buttonDark])

/** The kit's tokens from ours: same colours, 13 px, 28 px controls, small radii, no motion to speak of. */
export function naiveOverrides(theme: ThemeName): GlobalThemeOverrides {
  const palette = theme === 'dark' ? dark : light
  return {
    common: {
      fontFamily: FONT,
      fontSize: '13px',
      fontSizeSmall: '13px',
      fontSizeMedium: '13px',
      fontSizeLarge: '14px',
      heightTiny: '22px',
      heightSmall: '26px',
      heightMedium: '28px',
      heightLarge: '34px',
      borderRadius: '4px',
      borderRadiusSmall: '3px',
      primaryColor: palette.accent,
      primaryColorHover: palette.accent,
      primaryColorPressed: palette.accent,
      primaryColorSuppl: palette.accent,
      errorColor: palette.bad,
      errorColorHover: palette.bad,
      errorColorPressed: palette.bad,
      warningColor: palette.warn,
      successColor: palette.good,
      bodyColor: palette.ground,
      cardColor: palette.surface,
      modalColor: palette.raised,
      popoverColor: palette.raised,
      inputColor: palette.surface,
      actionColor: palette.hover,
      hoverColor: palette.hover,
      borderColor: palette.lineStrong,
      dividerColor: palette.line,
      textColorBase: palette.text,
      textColor1: palette.text,
      textColor2: palette.text,
      textColor3: palette.textSoft,
      placeholderColor: palette.textFaint,
      iconColor: palette.textSoft,
      cubicBezierEaseInOut: 'ease-out',
    },
    Input: { border: `1px solid ${palette.lineStrong}`, paddingMedium: '0 8px' },
  }
}
