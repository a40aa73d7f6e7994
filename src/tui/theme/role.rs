//! The roles that a theme gives a look to: meanings, never colours.

/// Builds the enum of roles and their names in theme files from one list.
macro_rules! roles {
    ($($variant:ident $name:literal $about:literal;)*) => {
        /// What something on the screen means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Role {
            $(#[doc = $about] $variant,)*
        }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns its name in theme files; a narrow role's name continues a wide one's.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

roles! {
    Screen "screen" "The ground that everything stands on; what has no background of its own shows it.";
    Text "text" "Text that is nothing special.";
    Strong "strong" "The name of the thing that a line is about.";
    Muted "muted" "What may be overlooked: units, ages, explanations.";
    Accent "accent" "What the program points at.";
    Heading "heading" "The heads of columns and sections.";
    Ok "ok" "Good: usable, done.";
    Warn "warn" "To be looked at: expires soon, budget runs out.";
    Danger "danger" "Bad: unusable, failed, about to be lost.";
    Disabled "disabled" "An action that can't be done now.";

    Header "header" "The bar at the top.";
    HeaderName "header.name" "The program's name in it.";
    HeaderValue "header.value" "A value in it: database, operator.";
    HeaderBadge "header.badge" "A state in it that must not be missed: READ-ONLY, LOCKED.";
    Breadcrumb "breadcrumb" "The way that led here.";
    BreadcrumbHere "breadcrumb.here" "Its last step.";
    Footer "footer" "The line of hints at the bottom.";
    FooterKey "footer.key" "A key in it.";

    Border "border" "Lines between panes.";
    BorderFocused "border.focused" "Lines around the pane that hears keys.";
    Guide "guide" "Lines that draw a tree.";
    Scrollbar "scrollbar" "The track beside a long list.";
    ScrollbarThumb "scrollbar.thumb" "Where in it the view stands.";

    Row "row" "A row of a list.";
    RowSelected "row.selected" "The row under the cursor.";
    RowUnfocused "row.unfocused" "The row under the cursor of a pane that doesn't hear keys.";
    RowMarked "row.marked" "A row that is marked.";
    RowChanged "row.changed" "A row that somebody else has just changed.";
    Match "match" "Letters that the filter found.";

    OwnerSystem "owner.system" "A key of the system.";
    OwnerDepartment "owner.department" "A key of a department.";
    OwnerPrivate "owner.private" "A key of a person.";
    Winner "winner" "The rule that decides.";
    Loser "loser" "A rule that another one replaces.";
    Staged "staged" "What is staged and not yet in force.";
    StagedAdd "staged.add" "What staging adds.";
    StagedRemove "staged.remove" "What staging takes away.";
    Money "money" "An amount of money.";

    Key "key" "A key of the keyboard.";
    Input "input" "Text that is being typed.";
    InputPlaceholder "input.placeholder" "What stands in an empty field.";
    InputError "input.error" "Why what was typed is wrong.";
    Dialog "dialog" "A box that asks.";
    DialogTitle "dialog.title" "Its title.";
    DialogDanger "dialog.danger" "Its title when something will be lost.";
    Button "button" "A button.";
    ButtonFocused "button.focused" "The button that Enter presses.";
    Toast "toast" "A note that goes away by itself.";
    ToastOk "toast.ok" "A note of success.";
    ToastWarn "toast.warn" "A note to be looked at.";
    ToastError "toast.error" "A note of failure; it stays.";
    Chart "chart" "Bars and lines of numbers.";
    ChartOver "chart.over" "The part of them that is too much.";
}

impl Role {
    /// Tells whether the role draws lines rather than text, so that it needs less contrast.
    pub const fn is_line(self) -> bool {
        matches!(self, Self::Border | Self::BorderFocused | Self::Guide | Self::Scrollbar | Self::ScrollbarThumb)
    }
}
